using System.Net;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Server.Gateway.Clients;
using Segue.Server.Gateway.Queries;
using Segue.Server.Members.Passing;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Members;

/// <summary>Any member serves any poll: its owner answers it, or who has taken its place (R3.1, R3.2, R3.4).</summary>
public sealed class OwnerTests : ThreeMembers
{
    [Theory]
    [InlineData(Select)]
    [InlineData(Insert)]
    public async Task Each_page_may_be_asked_for_at_another_member_and_leads_on_where_it_was_asked_for(string sql)
    {
        var page = await A.PostAsync(sql);
        var pages = new List<Answered>();
        for (var at = 0; page.NextUri is { } next; at++)
        {
            var host = Hosts[at % 3];
            page = await host.GetAsync(Path(next), ("Authorization", "Bearer of-the-poll"));
            page.NextUri?.ShouldStartWith(host.Uri.GetLeftPart(UriPartial.Authority));
            pages.Add(page);
        }
        pages[^1].State.ShouldBe("FINISHED", pages[^1].Text);
        pages.SelectMany(static one => one.Rows).ShouldBe(["[1]", "[2]"]);
        One.Asked.ShouldBe(["POST /v1/statement", $"GET {One.Queued(1)}", $"GET {One.Queued(2)}", $"GET {One.Executing(1)}", $"GET {One.Executing(2)}"]);
        One.Headers.Skip(1).ShouldAllBe(headers => headers["Authorization"] == "Bearer of-the-poll" && !headers.ContainsKey(PassClaim.Header));
        B.Services.Book.Handles.ShouldBeEmpty("its owner alone follows it");
    }

    [Fact]
    public async Task What_the_coordinator_says_beside_the_page_passes_too()
    {
        var post = await A.PostAsync("USE lake.s");
        One.On($"GET {One.Queued(1)}", context =>
        {
            context.Response.Headers["X-Trino-Set-Schema"] = "s";
            return ScriptedEngine.SayAsync(context, One.Page("FINISHED", null));
        });
        (await B.GetAsync(Path(post.NextUri!))).Header("X-Trino-Set-Schema").ShouldBe("s");
        var gone = await B.GetAsync(Path(post.NextUri!) + "0");
        gone.Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Fact]
    public async Task A_held_statement_is_known_by_its_id_at_every_member()
    {
        A.Cluster.Open(null);
        var held = await A.PostAsync(Select);
        (await B.GetAsync($"/v1/query/{held.Id}")).Json.GetProperty("queryId").GetString().ShouldBe(held.Id);
        (await C.SendAsync(HttpMethod.Delete, $"/v1/query/{held.Id}", null)).Status.ShouldBe(HttpStatusCode.NoContent);
        (await B.GetAsync(Path(held.NextUri!))).Status.ShouldBe(HttpStatusCode.Gone);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_goes_on_at_another_member_at_once_when_its_owner_does_not_answer(bool sessionOver)
    {
        var running = await A.GetAsync((await A.PostAsync(Select)).NextUri!);
        Lose(A, sessionOver);
        var rest = await FollowAsync(B, running);
        rest[^1].State.ShouldBe("FINISHED");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Two_members_that_do_not_hear_one_another_take_a_read_from_each_other_as_its_client_comes()
    {
        var page = await A.PostAsync(Select);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        Members.Silence(A.Owner);
        Members.Silence(B.Owner);
        for (var turn = 1; page.NextUri is { } next; turn++)
            page = await Hosts[turn % 2].GetAsync(Path(next));
        page.State.ShouldBe("FINISHED", page.Text);
        page.Rows.ShouldBe(["[1]", "[2]"]);
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_write_that_runs_is_polled_on_from_its_token_while_its_owner_is_silent_and_its_owner_finds_its_place_again()
    {
        var page = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        Members.Silence(A.Owner);
        page = await B.GetAsync(Path(page.NextUri!));
        page = await C.GetAsync(Path(page.NextUri!));
        page.State.ShouldBe("RUNNING", page.Text);
        Members.Hear(A.Owner);
        var last = await B.GetAsync(Path(page.NextUri!));
        last.State.ShouldBe("FINISHED", last.Text);
        A.Services.Book.Handles.ShouldHaveSingleItem().Ended.ShouldBeTrue("its owner has answered it");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(Select)]
    [InlineData(Insert)]
    public async Task What_runs_where_its_owner_alone_does_not_reach_is_polled_on_by_another_member(string sql)
    {
        var running = await A.GetAsync((await A.PostAsync(sql)).NextUri!);
        A.Cluster.Change(One, static route => route with { Liveness = Liveness.Silent });
        A.Cluster.Unfit = "the coordinator does not answer this member, and another reaches it";
        var page = await B.GetAsync(Path(running.NextUri!));
        page.State.ShouldBe("RUNNING", page.Text);
        (await FollowAsync(C, page))[^1].State.ShouldBe("FINISHED");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Theory]
    [InlineData(Select, "SEGUE_RESTARTED", "It changed nothing")]
    [InlineData(Insert, "SEGUE_OUTCOME_UNKNOWN", "may or may not have taken effect")]
    public async Task An_owner_that_lives_and_is_not_reached_is_not_waited_for_without_end(string sql, string error, string known)
    {
        A.Cluster.Open(null);
        var held = await A.PostAsync(sql);
        Members.Silence(A.Owner);
        var last = (await FollowAsync(await AddAsync(static hold => hold with { MaxTime = TimeSpan.FromMilliseconds(300) }), held))[^1];
        last.ErrorName.ShouldBe(error);
        last.Text.ShouldContain(known);
    }

    [Theory]
    [InlineData(Select)]
    [InlineData(Insert)]
    public async Task What_its_owner_alone_can_begin_waits_for_it_and_stands_where_it_was(string sql)
    {
        A.Cluster.Open(null);
        var held = await A.PostAsync(sql);
        Members.Silence(A.Owner);
        var waits = await B.GetAsync(Path(held.NextUri!));
        waits.State.ShouldBe("QUEUED");
        Path(waits.NextUri!).ShouldBe(Path(held.NextUri!));
        Members.Hear(A.Owner);
        A.Cluster.Open(One);
        (await FollowAsync(B, waits))[^1].State.ShouldBe("FINISHED");
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_poll_that_another_member_passes_on_late_costs_the_client_nothing()
    {
        var never = new TaskCompletionSource();
        var running = await A.GetAsync((await A.PostAsync(Select)).NextUri!);
        One.On($"GET {One.Queued(2)}", context => never.Task.WaitAsync(context.RequestAborted));
        var own = A.GetAsync(running.NextUri!);
        await Until.TrueAsync(() => One.Asked.Contains($"GET {One.Queued(2)}"));
        var late = B.GetAsync(Path(running.NextUri!));
        var page = await own;
        (page.Status, Path(page.NextUri!)).ShouldBe((HttpStatusCode.OK, Path(running.NextUri!)));
        One.On($"GET {One.Queued(2)}", One.Page("RUNNING", One.Executing(1)));
        (await FollowAsync(A, page))[^1].State.ShouldBe("FINISHED");
        await late;
    }

    [Fact]
    public async Task A_last_page_that_a_late_poll_ends_before_its_first_byte_is_there_for_its_client()
    {
        Task<QueryHandle.Turn>? late = null;
        using var log = new Lines
        {
            Meanwhile = said => late = said.Name == "QueryEnded" ? Hosts[^1].Services.Book.Handles.Single().TakeTurnAsync(CancellationToken.None) : late,
        };
        Hosts.Add(await GatewayHost.StartAsync(EngineKind.Trino, [One, Other], store: Store, members: Members, log: log));
        One.On($"GET {One.Queued(1)}", One.Page("FINISHED", null, "[[1]]"));
        var post = await Hosts[^1].PostAsync(Select);
        var displaced = await Hosts[^1].GetAsync(post.NextUri!);
        (displaced.Status, Path(displaced.NextUri!)).ShouldBe((HttpStatusCode.OK, Path(post.NextUri!)), displaced.Text);
        (await late!).Dispose();
        var last = await Hosts[^1].GetAsync(displaced.NextUri!);
        (last.State, string.Concat(last.Rows)).ShouldBe(("FINISHED", "[1]"), last.Text);
    }

    [Fact]
    public async Task What_would_begin_a_write_is_told_to_a_silent_owner_s_heir_only_when_its_session_is_over()
    {
        var post = await A.PostAsync(Insert);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        Members.Silence(A.Owner);
        (await B.GetAsync(Path(post.NextUri!))).State.ShouldBe("QUEUED");
        One.Asked.ShouldBe(["POST /v1/statement"]);
        Members.End(A.Owner);
        var run = await FollowAsync(B, post);
        run[^1].State.ShouldBe("FINISHED", run[^1].Text);
        One.Asked.Count(static request => request.StartsWith("POST", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task What_would_begin_a_write_waits_while_its_owner_may_route_without_a_session()
    {
        var post = await A.PostAsync(Insert);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        Members.OthersMayStay(true);
        Members.End(A.Owner);
        (await B.GetAsync(Path(post.NextUri!))).State.ShouldBe("QUEUED");
        One.Asked.ShouldBe(["POST /v1/statement"]);
        Members.OthersMayStay(false);
        (await FollowAsync(B, post))[^1].State.ShouldBe("FINISHED");
    }

    [Fact]
    public async Task A_write_whose_text_found_no_room_is_spared_by_the_other_members_and_polled_on_by_them()
    {
        var full = await AddAsync(static hold => hold with { MaxBytes = 1 });
        var running = await full.GetAsync((await full.PostAsync(Insert)).NextUri!);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        var other = await AddAsync(static hold => hold);
        await Until.TrueAsync(() => other.Services.Book.Spared(One.Name).Contains(One.Id));
        Members.End(full.Owner);
        (await FollowAsync(other, running))[^1].State.ShouldBe("FINISHED");
        await Until.TrueAsync(() => Store.CountOf("journal/") == 0);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Of_two_members_that_come_for_a_write_one_takes_it_over_and_answers_for_the_other_one(bool atOnce)
    {
        var running = await A.GetAsync((await A.PostAsync("CREATE TABLE IF NOT EXISTS t (x bigint)")).NextUri!);
        await Until.TrueAsync(() => Store.CountOf("journal/") == 1);
        Members.End(A.Owner);
        foreach (var host in (GatewayHost[])[B, C])
            Dies(host);
        var first = B.GetAsync(Path(running.NextUri!));
        if (!atOnce)
            await first;
        var polls = await Task.WhenAll(first, C.GetAsync(Path(running.NextUri!)));
        polls.ShouldAllBe(static page => page.NextUri != null);
        // who did not get it stands where it was, or has been told to wait for the store
        (await FollowAsync(C, polls.FirstOrDefault(page => Path(page.NextUri!) == Path(running.NextUri!)) ?? polls[1]))[^1].State.ShouldBe("FINISHED");
        Other.Asked.Count(request => request == $"GET {Other.Queued(1)}").ShouldBe(1);
        Store.CountOf("claim/").ShouldBe(1);
    }

    [Fact]
    public async Task An_owner_that_comes_back_runs_nothing_again_that_another_has_taken_over()
    {
        A.Cluster.Open(null);
        var held = await A.PostAsync(Insert);
        Members.End(A.Owner);
        (await B.GetAsync(Path(held.NextUri!))).ErrorName.ShouldBe("SEGUE_OUTCOME_UNKNOWN");
        // as one that was frozen with the poll under way: the statement is still in its memory
        Members.ComeBack(A.Owner);
        A.Cluster.Open(One);
        var late = await A.GetAsync(Path(held.NextUri!));
        late.State.ShouldBe("QUEUED");
        One.Asked.ShouldNotContain($"GET {One.Queued(1)}", "its client was told that it is lost");
    }

    [Theory]
    [InlineData(Select, "A member of Segue ended or fell silent while it held this statement. It changed nothing: send it again.")]
    [InlineData(Insert, "A member of Segue ended or fell silent while it held this statement or had just begun it. It may or may not have taken effect: look before you send it again.")]
    public async Task What_a_member_held_that_is_gone_is_not_said_to_have_met_a_restart(string sql, string told)
    {
        A.Cluster.Open(null);
        var held = await A.PostAsync(sql);
        Members.End(A.Owner);
        var end = await B.GetAsync(Path(held.NextUri!));
        end.Json.GetProperty("error").GetProperty("message").GetString().ShouldBe(told);
    }

    [Fact]
    public async Task The_story_of_a_read_that_another_member_goes_on_with_says_so()
    {
        var running = await A.GetAsync((await A.PostAsync(Select)).NextUri!);
        Members.End(A.Owner);
        await B.GetAsync(Path(running.NextUri!));
        new QueryDesk(B.Services).Find(running.Id)!.Story[0].Sentence.ShouldBe(
            $"Another member of Segue had it, which ended or fell silent; the client's token says that it runs on {One.Name} as {One.Id}.");
    }

    [Fact]
    public async Task A_page_that_its_dying_owner_breaks_off_is_fetched_by_the_member_that_was_asked()
    {
        var running = await A.GetAsync((await A.PostAsync(Select)).NextUri!);
        var asked = 0;
        One.On($"GET {One.Queued(2)}", async context =>
        {
            if (Interlocked.Increment(ref asked) == 1)
            {
                Members.End(A.Owner);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(static _ => { }, TaskScheduler.Default);
                return;
            }
            await ScriptedEngine.SayAsync(context, One.Page("FINISHED", null, "[[1]]"));
        });
        var page = await B.GetAsync(Path(running.NextUri!));
        page.Rows.ShouldBe(["[1]"], page.Text);
    }

    [Fact]
    public async Task Nobody_but_a_member_can_pass_anything_and_nothing_twice()
    {
        var post = await A.PostAsync(Select);
        using var http = new HttpClient { BaseAddress = Members.AddressOf(A.Owner) };
        var target = Path(post.NextUri!);
        (await AskAsync(null)).ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync("AAAA")).ShouldBe(HttpStatusCode.Forbidden);
        (await AskAsync(Claim(target, B.Owner))).ShouldBe(HttpStatusCode.Forbidden, "it is for another member");
        (await AskAsync(Claim("/v1/statement/queued/x/y/1", A.Owner))).ShouldBe(HttpStatusCode.Forbidden, "it is for another request");
        var claim = Claim(target, A.Owner);
        (await AskAsync(claim)).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(claim)).ShouldBe(HttpStatusCode.Forbidden, "it was taken before");
        (await B.GetAsync($"{PassReceiver.Prefix}{target}", (PassClaim.Header, Claim(target, B.Owner)))).Status.ShouldBe(HttpStatusCode.NotFound, "the client port has no such path");

        string Claim(string claimed, string to) =>
            new PassClaim("somebody", 1, "GET", claimed, new PassedFrom("http", "segue", "1.2.3.4"), OnlyIfKnown: false).Seal(Members.Seal, to, new byte[12]);

        async Task<HttpStatusCode> AskAsync(string? sealedClaim)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, PassReceiver.Prefix + target);
            if (sealedClaim is not null)
                request.Headers.Add(PassClaim.Header, sealedClaim);
            using var answer = await http.SendAsync(request);
            return answer.StatusCode;
        }
    }

    private void Lose(GatewayHost host, bool sessionOver)
    {
        if (sessionOver)
            Members.End(host.Owner);
        else
            Members.Silence(host.Owner);
    }
}
