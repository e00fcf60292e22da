using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

public sealed class KeyRingTests
{
    private static readonly string One = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Two = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Fact]
    public void A_text_has_one_key_or_the_present_and_the_previous_one()
    {
        KeyRing.TryParse($"{One}\n", out var alone).ShouldBeTrue();
        alone!.Previous.ShouldBeNull();
        KeyRing.TryParse($" {Two} \r\n{One}", out var both).ShouldBeTrue();
        both!.Current.Key.Span[0].ShouldBe((byte)2);
        both.Find(alone.Current.Id).ShouldBe(both.Previous, "it has the same name everywhere");
    }

    [Fact]
    public void In_the_rounds_of_a_key_change_each_member_opens_what_those_of_its_own_round_and_of_the_next_one_seal()
    {
        var rounds = ((string[])[One, $"{One}\n{Two}", $"{Two}\n{One}", Two]).Select(static text => KeyRing.TryParse(text, out var ring) ? ring! : throw new FormatException(text)).ToList();
        foreach (var (round, next) in rounds.Zip(rounds.Skip(1)))
        {
            next.Find(round.Current.Id).ShouldNotBeNull();
            round.Find(next.Current.Id).ShouldNotBeNull();
        }
    }

    [Fact]
    public void Anything_else_is_no_key()
    {
        foreach (var text in (string[])["", " ", "x", One[1..], $"{One}\nx", $"{One}\n{One}", $"{One}\n{Two}\n{One}", Convert.ToBase64String(new byte[31]), Convert.ToBase64String(new byte[33])])
            KeyRing.TryParse(text, out _).ShouldBeFalse(text);
    }
}
