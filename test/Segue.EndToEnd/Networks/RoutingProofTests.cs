using System.Globalization;
using System.Text;

namespace Segue.EndToEnd.Networks;

/// <summary>The proof itself: logs that break I1 are found out.</summary>
public sealed class RoutingProofTests
{
    [Fact]
    public void One_coordinator_after_the_other_is_right()
    {
        var proof = RoutingProof.Of(
            [Log((1, "Routes", 1, "a"), (2, "Sends", 1, "a"), (3, "RoutesNoMore", 1, null), (6, "Routes", 2, "b"), (7, "Sends", 2, "b")),
             Log((1, "Routes", 1, "a"), (2, "Sends", 1, "a"), (4, "RoutesNoMore", 1, null), (5, "Routes", 2, "b"), (5, "Sends", 2, "b"))]);
        proof.Broken.ShouldBeEmpty();
        (proof.Sends, proof.Epochs).ShouldBe((4, 2));
    }

    [Fact]
    public void A_send_under_an_epoch_that_is_over_elsewhere_is_found() => RoutingProof.Of(
        [Log((1, "Routes", 1, "a"), (6, "Sends", 1, "a")), Log((1, "Routes", 1, "a"), (2, "RoutesNoMore", 1, null), (3, "Routes", 2, "b"), (5, "Sends", 2, "b"))])
        .Broken.ShouldHaveSingleItem().ShouldStartWith("sent under an earlier epoch");

    [Fact]
    public void One_epoch_of_two_coordinators_is_found() => RoutingProof.Of(
        [Log((1, "Routes", 3, "a"), (2, "Sends", 3, "a")), Log((3, "Routes", 3, "b"))])
        .Broken.ShouldHaveSingleItem().ShouldStartWith("one epoch, two coordinators");

    [Fact]
    public void An_epoch_that_is_opened_before_the_sends_of_the_last_one_ended_is_found_but_not_behind_a_restart()
    {
        RoutingProof.Of([Log((1, "Routes", 1, "a"), (2, "Routes", 2, "b"))]).Broken.ShouldHaveSingleItem().ShouldStartWith("opened while sends under epoch 1");
        RoutingProof.Of([Log((1, "Routes", 1, "a"), (2, "AdminListening", 0, null), (3, "Routes", 2, "b"))]).Broken.ShouldBeEmpty();
    }

    private static string Log(params (int Second, string Event, int Epoch, string? Coordinator)[] moments)
    {
        var log = new StringBuilder("Segue says something else\n");
        foreach (var (second, name, epoch, coordinator) in moments)
        {
            log.Append(CultureInfo.InvariantCulture, $"{{\"time\":\"2026-03-01T12:00:{second:00}.5Z\",\"level\":\"debug\",\"event\":\"{name}\"");
            if (epoch > 0)
                log.Append(CultureInfo.InvariantCulture, $",\"Epoch\":{epoch}");
            if (coordinator is not null)
                log.Append(CultureInfo.InvariantCulture, $",\"Coordinator\":\"{coordinator}\"");
            log.Append("}\n");
        }
        return log.ToString();
    }
}
