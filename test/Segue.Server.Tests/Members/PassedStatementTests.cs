using System.Net;
using Segue.Server.Gateway.Clients;
using Segue.Server.Members.Passing;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Members;

/// <summary>A statement that comes to a member which cannot bring it to the coordinator, while another one can.</summary>
public sealed class PassedStatementTests : ThreeMembers
{
    private const string Misses = "the coordinator does not answer this member, and another reaches it";

    [Theory]
    [InlineData(Select)]
    [InlineData(Insert)]
    public async Task It_is_another_member_s_from_its_post_on(string sql)
    {
        Miss(A);
        var page = await A.PostAsync(sql);
        page.NextUri!.ShouldStartWith(A.Uri.GetLeftPart(UriPartial.Authority));
        A.Services.Book.Handles.ShouldBeEmpty();
        One.Asked.ShouldBe(["POST /v1/statement"]);
        (await FollowAsync(A, page))[^1].State.ShouldBe("FINISHED");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task It_is_another_one_s_too_where_the_coordinator_fell_silent_under_its_post()
    {
        var asked = 0;
        One.On("POST /v1/statement", context => Interlocked.Increment(ref asked) == 1
            ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
            : ScriptedEngine.SayAsync(context, One.Page("QUEUED", One.Queued(1))));
        var post = A.PostAsync(Select);
        await Until.TrueAsync(() => Volatile.Read(ref asked) == 1);
        Miss(A);
        (await FollowAsync(A, await post))[^1].State.ShouldBe("FINISHED");
        A.Services.Book.Handles.ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_none_is_better_off_it_is_held_where_it_came_to()
    {
        foreach (var host in Hosts)
            Miss(host);
        var held = await A.PostAsync(Select);
        held.State.ShouldBe("QUEUED");
        A.Services.Book.Handles.ShouldHaveSingleItem();
        A.Cluster.Unfit = null;
        A.Cluster.Open(One);
        (await FollowAsync(A, held))[^1].State.ShouldBe("FINISHED");
    }

    [Fact]
    public async Task A_write_is_given_to_an_engine_that_begins_it_at_once_only_when_its_client_has_come_back()
    {
        foreach (var host in Hosts)
            host.Cluster.Change(One, static route => route with { ExecutesOnPost = true });
        Miss(A);
        var page = await A.PostAsync(Insert);
        One.Asked.ShouldBeEmpty("whether it was begun could not be told if the answer were lost between the members");
        (await FollowAsync(A, page))[^1].State.ShouldBe("FINISHED");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Another_statement_than_the_one_that_was_passed_on_is_refused()
    {
        using var http = new HttpClient { BaseAddress = Members.AddressOf(A.Owner) };
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{PassReceiver.Prefix}/v1/statement") { Content = new StringContent(Insert) };
        var claim = new PassClaim("somebody", 1, "POST", "/v1/statement", new PassedFrom("http", "segue", "1.2.3.4", Convert.ToHexString(new byte[32])), OnlyIfKnown: false);
        request.Headers.Add(PassClaim.Header, claim.Seal(Members.Seal, A.Owner, new byte[12]));
        (await http.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        One.Asked.ShouldBeEmpty();
    }

    private static void Miss(GatewayHost host)
    {
        host.Cluster.Unfit = Misses;
        host.Cluster.Open(null);
    }
}
