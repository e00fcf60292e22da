using System.Net;
using Segue.Core.Routing;
using Segue.Server.Gateway.Queries;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Members;

/// <summary>A cancel at any member is the last word, also when its owner dies behind it (R3.2, R3.3).</summary>
public sealed class OwnerCancelTests : ThreeMembers
{
    [Fact]
    public async Task A_cancel_at_another_member_ends_the_query()
    {
        var running = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        (await B.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        One.Asked.ShouldContain($"DELETE {One.Queued(2)}");
        (await C.GetAsync(Path(running.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task A_cancel_of_a_write_waits_until_its_silent_owner_s_session_is_over()
    {
        var running = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        Members.Silence(A.Owner);
        var cancel = B.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null);
        (await Task.WhenAny(cancel, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System))).ShouldNotBe(cancel);
        Members.End(A.Owner);
        (await cancel).Status.ShouldBe(HttpStatusCode.NoContent);
        One.Asked.ShouldContain($"DELETE {One.Queued(2)}");
        (await B.GetAsync(Path(running.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task A_cancel_whose_owner_lives_and_is_not_reached_is_refused_when_a_session_would_be_over()
    {
        Members.Ttl = TimeSpan.FromMilliseconds(100);
        var impatient = await AddAsync(static hold => hold);
        var running = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        Members.Silence(A.Owner);
        var refused = await impatient.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null);
        refused.Status.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Text.ShouldContain("The member of Segue that follows this query does not answer.");
        One.Asked.ShouldNotContain($"DELETE {One.Queued(2)}");
    }

    [Fact]
    public async Task A_write_that_was_cancelled_before_it_began_is_begun_by_no_late_poll_when_its_owner_is_gone()
    {
        var post = await A.PostAsync(Insert);
        (await A.SendAsync(HttpMethod.Delete, Path(post.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        Members.End(A.Owner);
        (await B.GetAsync(Path(post.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        (await C.GetAsync(Path(post.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        One.Asked.ShouldNotContain($"GET {One.Queued(1)}");
    }

    [Fact]
    public async Task A_run_of_a_write_that_was_cancelled_behind_its_claim_is_begun_by_no_late_poll_when_its_owner_is_gone()
    {
        var running = await A.GetAsync((await A.PostAsync("CREATE TABLE IF NOT EXISTS t (x bigint)")).NextUri!);
        Dies(A);
        var store = new TaskCompletionSource();
        Store.Silence = store.Task;
        var polls = FollowAsync(A, running);
        await Until.TrueAsync(() => Other.Asked.Contains("POST /v1/statement"));
        var cancel = A.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null);
        await Until.TrueAsync(() => A.Services.Book.Handles.Single().Ended);
        store.SetResult();
        (await cancel).Status.ShouldBe(HttpStatusCode.NoContent);
        await polls;
        Store.CountOf("claim/").ShouldBe(1);

        Members.End(A.Owner);
        Dies(B);
        (await B.GetAsync(Path(running.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        Other.Asked.ShouldNotContain($"GET {Other.Queued(1)}");
    }

    [Fact]
    public async Task A_cancel_at_the_heir_of_a_write_that_had_not_begun_is_the_last_word_when_the_heir_is_gone_too()
    {
        var post = await A.PostAsync(Insert);
        Members.End(A.Owner);
        (await B.SendAsync(HttpMethod.Delete, Path(post.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        Members.End(B.Owner);
        (await C.GetAsync(Path(post.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        One.Asked.ShouldNotContain($"GET {One.Queued(1)}");
    }

    [Fact]
    public async Task A_cancel_that_comes_to_a_member_before_it_knows_that_another_has_taken_the_write_over_reaches_that_one()
    {
        var running = await A.GetAsync((await A.PostAsync("CREATE TABLE IF NOT EXISTS t (x bigint)")).NextUri!);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        Members.End(A.Owner);
        foreach (var host in (GatewayHost[])[B, C])
        {
            host.Cluster.Change(One, static route => route with { Liveness = Liveness.Silent });
            host.Cluster.Open(null);
        }
        var held = C.GetAsync(Path(running.NextUri!));
        await Until.TrueAsync(() => Store.CountOf("claim/") == 1);
        (await B.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        C.Services.Book.Handles.Single().Ended.ShouldBeTrue("it had taken it over");
        await held;
        Dies(C);
        (await C.GetAsync(Path(running.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        Other.Asked.ShouldNotContain("POST /v1/statement");
    }

    [Fact]
    public async Task A_write_that_was_cancelled_while_its_coordinator_was_silent_is_not_run_again_by_another_member()
    {
        var running = await A.GetAsync((await A.PostAsync("CREATE TABLE IF NOT EXISTS t (x bigint)")).NextUri!);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        A.Cluster.Change(One, static route => route with { Liveness = Liveness.Silent });
        A.Cluster.Open(null);
        (await A.SendAsync(HttpMethod.Delete, Path(running.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        Members.End(A.Owner);
        Dies(B);
        (await B.GetAsync(Path(running.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
        Other.Asked.ShouldNotContain("POST /v1/statement");
    }

    [Fact]
    public async Task A_run_whose_claim_was_stored_though_its_owner_was_told_otherwise_is_begun_by_no_late_poll()
    {
        var running = await A.GetAsync((await A.PostAsync("CREATE TABLE IF NOT EXISTS t (x bigint)")).NextUri!);
        Dies(A);
        Store.LosesAnswerOf = "claim/";
        (await FollowAsync(A, running))[^1].ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");

        Members.End(A.Owner);
        Dies(B);
        var late = await B.GetAsync(Path(running.NextUri!));
        late.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN", late.Text);
        late.Text.ShouldContain("when it was about to say how this statement had ended (SEGUE_OUTCOME_UNKNOWN)");
        Other.Asked.ShouldNotContain($"GET {Other.Queued(1)}");
    }

    [Fact]
    public async Task A_client_that_was_not_told_of_an_operator_s_cancel_is_told_one_clear_error_by_another_member()
    {
        var post = await A.PostAsync(Insert);
        await OperatorCancel.RunAsync(A.Services, A.Services.Book.Handles.Single());
        Members.End(A.Owner);
        var told = await B.GetAsync(Path(post.NextUri!));
        told.ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN", told.Text);
        told.Text.ShouldContain("(SEGUE_CANCELED)");
        One.Asked.ShouldNotContain($"GET {One.Queued(1)}");
    }

    [Fact]
    public async Task A_cancel_before_the_first_poll_waits_for_no_store_that_is_away()
    {
        var post = await A.PostAsync(Insert);
        var store = new TaskCompletionSource();
        Store.Silence = store.Task;
        (await A.SendAsync(HttpMethod.Delete, Path(post.NextUri!), null)).Status.ShouldBe(HttpStatusCode.NoContent);
        // what was cancelled is written when the store is there again
        store.SetResult();
        await Until.TrueAsync(() => Store.CountOf("claim/") == 1);
    }
}
