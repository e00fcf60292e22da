using System.Net;
using Segue.Core.Model;
using Segue.Server.Admin;
using Segue.Server.Tests.Discovery;
using Segue.Server.Tests.Gateway;

namespace Segue.Server.Tests.Members;

/// <summary>Whichever member an operator asks, he is told of every query of the deployment, and his cancel reaches it.</summary>
public sealed class AllQueriesTests : IAsyncLifetime
{
    private const string Select = "SELECT x FROM t";
    private const string Insert = "INSERT INTO t VALUES (1), (2)";

    private SeveralMembers _members = null!;
    private KeptInMemory _store = null!;
    private readonly List<GatewayHost> _hosts = [];
    private readonly List<AdminFront> _admins = [];
    private ScriptedEngine _one = null!;

    private GatewayHost A => _hosts[0];

    private GatewayHost B => _hosts[1];

    public async Task InitializeAsync()
    {
        (_members, _store) = (new SeveralMembers(), new KeptInMemory());
        _one = await ScriptedEngine.StartAsync("aaaaa");
        _one.TakeStatement();
        _one.On($"GET {_one.Queued(1)}", _one.Page("RUNNING", _one.Executing(1)));
        _one.On($"GET {_one.Executing(1)}", _one.Page("RUNNING", _one.Executing(2)));
        _one.On($"DELETE {_one.Executing(1)}", context => ScriptedEngine.SayAsync(context, ""));
        for (var member = 0; member < 3; member++)
        {
            _hosts.Add(await GatewayHost.StartAsync(EngineKind.Trino, [_one], store: _store, members: _members));
            _admins.Add(await AdminFront.StartAsync(_hosts[member]));
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var admin in _admins)
            await admin.DisposeAsync();
        foreach (var host in _hosts)
            await host.DisposeAsync();
        await _members.DisposeAsync();
        await _one.DisposeAsync();
    }

    [Fact]
    public async Task Each_member_lists_what_all_of_them_serve_oldest_first_and_who_serves_it()
    {
        A.Cluster.Open(null);
        B.Cluster.Open(null);
        var (first, second) = (await A.PostAsync(Select), await B.PostAsync(Insert));
        foreach (var admin in _admins)
        {
            var list = await admin.ListAsync();
            list.Queries.Select(static query => (query.Id, query.Member, query.User, query.Statement))
                .ShouldBe([(first.Id, A.Owner, "alice", Select), (second.Id, B.Owner, "alice", Insert)]);
            list.Missing.ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_member_that_does_not_answer_is_named()
    {
        A.Cluster.Open(null);
        await A.PostAsync(Select);
        _members.Silence(A.Owner);
        var list = await _admins[1].ListAsync();
        list.Queries.ShouldBeEmpty();
        list.Missing.ShouldBe([A.Owner]);
        var (status, body) = await _admins[1].SendAsync(HttpMethod.Get, "/api/queries/nothing");
        (status, body).ShouldBe((HttpStatusCode.NotFound,
            $"No query nothing is known here. One that has ended is known for half a minute more. Member {A.Owner} did not answer: it may be one of its queries.\n"));
    }

    [Fact]
    public async Task Another_member_s_query_is_shown_by_any_of_its_ids_and_cancelled_by_the_member_that_serves_it()
    {
        var running = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        var shown = await _admins[1].QueryAsync(_one.Id);
        (shown.Id, shown.Member, shown.Story[^1].Sentence).ShouldBe((running.Id, A.Owner, $"Its first poll went to {_one.Name}."));
        (await _admins[2].CancelAsync(_one.Id)).ShouldBe(new CancelReport(running.Id, $"Query {running.Id} is cancelled, and so is its run {_one.Id} on {_one.Name}."));
        _one.Asked.Last().ShouldBe($"DELETE {_one.Executing(1)}");
        (await _admins[1].QueryAsync(running.Id)).State.ShouldBe("canceled");
        (await _admins[1].CancelAsync(running.Id)).ShouldBe(new CancelReport(running.Id, $"Query {running.Id} was cancelled before.", Done: false));
        (await _admins[1].SendAsync(HttpMethod.Delete, "/api/queries/nothing")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Who_is_not_on_this_machine_learns_no_more_from_another_member()
    {
        var running = await A.GetAsync((await A.PostAsync(Select)).NextUri!);
        foreach (var path in (string[])["/api/queries", $"/api/queries/{running.Id}"])
        {
            var (_, body) = await _admins[1].SendAsync(HttpMethod.Get, path, "Forwarded", "for=10.0.0.1");
            body.ShouldContain(A.Owner);
            body.ShouldNotContain("alice");
            body.ShouldNotContain("SELECT");
        }
        (await _admins[1].SendAsync(HttpMethod.Delete, $"/api/queries/{running.Id}", "Forwarded", "for=10.0.0.1")).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await _admins[1].QueryAsync(running.Id)).State.ShouldBe("running");
    }

    [Fact]
    public async Task A_write_that_is_polled_on_for_its_silent_owner_is_cancelled_by_nobody_else()
    {
        var page = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        _members.Silence(A.Owner);
        await B.GetAsync(new Uri(page.NextUri!).PathAndQuery);
        var (status, body) = await _admins[1].SendAsync(HttpMethod.Delete, $"/api/queries/{page.Id}");
        (status, body).ShouldBe((HttpStatusCode.NotFound,
            $"No query {page.Id} is known here. One that has ended is known for half a minute more. Member {A.Owner} did not answer: it may be one of its queries.\n"));
        _members.Hear(A.Owner);
        (await _admins[1].CancelAsync(page.Id)).Done.ShouldBeTrue();
    }

    [Fact]
    public async Task What_was_taken_over_is_told_by_who_has_it_now()
    {
        var page = await A.GetAsync((await A.PostAsync(Insert)).NextUri!);
        _members.End(A.Owner);
        await B.GetAsync(new Uri(page.NextUri!).PathAndQuery);
        _members.ComeBack(A.Owner);
        foreach (var admin in _admins)
        {
            var query = (await admin.ListAsync()).Queries.ShouldHaveSingleItem();
            (query.Member, query.TakenFrom).ShouldBe((B.Owner, A.Owner));
        }
    }
}
