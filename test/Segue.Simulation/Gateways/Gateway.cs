using Segue.Core.Health;
using Segue.Core.Model;
using Segue.Core.Routing;
using Segue.Simulation.Bugs;
using Segue.Simulation.Checkers;
using Segue.Simulation.Clients;
using Segue.Simulation.Engines;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Gateways;

/// <summary>One member's client side: the least that follows statements by Segue.Core's decisions.</summary>
internal sealed class Gateway
{
    private static readonly Statement Probe = new() { Number = -1, Kind = SimKind.Session, Rows = 1, Takes = 0, CommitTakes = 0 };

    private readonly Dictionary<string, Handle> _handles = [];
    private readonly SimMember _member;
    private readonly Polling _polling;
    private readonly Ownership _ownership;
    private int _minted;

    public Gateway(SimMember member)
    {
        _member = member;
        Journal = new Journal(member);
        _ownership = new Ownership(this, member);
        _polling = new Polling(this, member, _ownership);
    }

    public Journal Journal { get; }

    private Cluster Cluster => _member.Cluster;

    /// <summary>Someone always sends: whether that is right is seen at each moment.</summary>
    public void Start() => _member.Every(Time.Milliseconds(80), () => SendPost(Probe, static (_, _, _) => { }));

    /// <summary>A client's POST: submitted, or held.</summary>
    public void Post(Call call, Statement statement)
    {
        statement.Owner = (_member, _member.Life, _member.Session);
        // sent again by its client, it is another one
        statement.EndedBy.Clear();
        Cluster.Promptness.Posted(_member, call, statement);
        if (!SendPost(statement, (end, answer, place) =>
        {
            if (answer?.QueryId is { } id)
            {
                var handle = Of(id, statement);
                Accept(handle, place, id);
                Journal.Note(handle);
                if (_member.Has(Bug.PostWaitsForTheStore))
                    Journal.Read(handle, (_, _) => Answer(call, handle, 0));
                else
                    Answer(call, handle, 0);
            }
            else if (end != CallEnd.Closed || !call.Abandoned)
                Answer(call, Of(Mint(), statement), 0);
        }))
            Answer(call, Of(Mint(), statement), 0);
    }

    public void Poll(Call call, QueryToken token) => _polling.Begin(call, Find(token), token);

    public void Cancel(Call call, QueryToken token)
    {
        var handle = Find(token);
        if (handle.Ended)
            call.Answer(new Canceled());
        else if (!_ownership.IsMine(handle) && (handle.HasEffects || handle.Attempt is null))
            _ownership.Elsewhere(call, handle, token, cancels: true, () => Cancel(call, token), why => call.Answer(new NoSuchPage(why)));
        else if (handle.Busy)
            _member.After(Time.Milliseconds(20), () => Cancel(call, token));
        else
        {
            if (!_member.Has(Bug.CancelMissesAHeldStatement) || handle.Attempt is not null)
            {
                Journal.End(handle);
                handle.Turn++;
            }
            EndRun(handle);
            call.Answer(new Canceled());
        }
    }

    /// <summary>An operator's cancel: nothing of it begins any more, and its client, which waits, is told at its next poll (I7).</summary>
    public void Kill(Statement statement)
    {
        foreach (var handle in _handles.Values.Where(one => one.Statement == statement && !one.Ended && (!one.HasEffects || _ownership.IsMine(one))).ToList())
        {
            _member.World.Say(_member.Name, $"cancels {statement} for an operator");
            if (_member.Has(Bug.AnOperatorsCancelMisses) && handle.Attempt is null)
            {
                statement.EndedBy.Add((_member, _member.Life));
                continue;
            }
            handle.Killed = true;
            End(handle);
        }

        void End(Handle handle)
        {
            if (handle.Busy)
                _member.After(Time.Milliseconds(20), () => End(handle));
            else if (!handle.Ended)
            {
                Journal.End(handle);
                EndRun(handle);
            }
        }
    }

    private void EndRun(Handle handle)
    {
        if (handle.Attempt is { } attempt && Coordinator(attempt.Place.Coordinator) is { } coordinator)
            _member.Network.Request(_member, coordinator, Simulation.Cluster.PollTimeout, arrived => coordinator.Cancel(arrived, attempt.QueryId), static (_, _) => { });
    }

    public static void Accept(Handle handle, AttemptPlace place, string queryId)
    {
        handle.Attempt = new Attempt { Place = place, QueryId = queryId };
        handle.Submits++;
        handle.WaitingSince = null;
        handle.ForgetAnswers();
    }

    /// <summary>A POST through the open epoch.</summary>
    /// <returns>False where nothing may be sent now.</returns>
    public bool SendPost(Statement statement, Action<CallEnd, PostAnswer?, AttemptPlace> done)
    {
        if (_member.Snapshot is not { OpenTo: { } open } snapshot || Coordinator(open) is not { } coordinator)
            return false;
        var (generation, epoch) = (snapshot.Coordinators[open].Generation, snapshot.Epoch);
        return SendFirst(statement, null, open, call => coordinator.Post(call, statement, epoch), (end, answer) =>
        {
            var said = (PostAnswer?)answer;
            Incarnation? incarnation = said?.QueryId is { } id && Incarnation.TryFromQueryId(id, out var own) ? own : null;
            if (incarnation is not null)
                _member.Observe(open, new Observation.TrafficAnswered(incarnation));
            done(end, said, new AttemptPlace(open, generation, incarnation));
        });
    }

    /// <summary>What begins something goes through the gate, at whose last look the right to route must stand (R1.3).</summary>
    public bool SendFirst(Statement statement, string? run, string name, Action<Call> serve, Action<CallEnd, object?> done)
    {
        var epoch = _member.Snapshot.Epoch;
        if (_member.Snapshot.OpenTo != name || !_member.Gate.IsOpenTo(epoch, name) || !_member.MayRoute)
            return false;
        var coordinator = Coordinator(name)!;
        Cluster.Routing.Sent(_member, epoch, name);
        EffectsChecker.Sent(_member, statement, run);
        statement.FirstPolls += run is null ? 0 : 1;
        var call = _member.Network.Request(
            _member,
            coordinator,
            Simulation.Cluster.PollTimeout,
            serve,
            (end, answer) =>
            {
                Told(name, end);
                done(end, answer);
            },
            () => Cluster.Routing.Arrived(_member, epoch, coordinator));
        _member.Gate.Sends(call);
        return true;
    }

    /// <summary>Answers to real requests count as life, failures as doubt (R2.1).</summary>
    public void Told(string coordinator, CallEnd end)
    {
        if (end == CallEnd.Answered)
            _member.Observe(coordinator, new Observation.TrafficAnswered(null));
        else if (end != CallEnd.Closed)
            _member.Observe(coordinator, new Observation.TrafficFailed(end.ToString()));
    }

    public static void Answer(Call call, Handle handle, long sequence) => call.Answer(new ClientPage([], TokenOf(handle, sequence + 1), Clients.Told.Nothing, ""));

    public static QueryToken TokenOf(Handle handle, long sequence) => new()
    {
        Handle = handle.Id,
        Owner = handle.Owner,
        Coordinator = handle is { Attempt: { } attempt, Resume: null } ? attempt.Place.Coordinator : "",
        Incarnation = handle is { Attempt: { } its, Resume: null } ? its.Place.Incarnation?.Value : null,
        UpstreamPath = handle is { Attempt: { } run, Resume: null } ? $"{run.QueryId}/{run.Page}" : "",
        Attempt = handle.Runs,
        Sequence = sequence,
        Rows = handle.Delivered.Rows,
        RowsHash = handle.Delivered.Sum,
        RowsKey = handle.RowKey,
        Traits = (handle.HasEffects ? TokenTraits.MayHaveEffects : TokenTraits.None) | (handle.Attempt is { MayHaveBegun: true } ? TokenTraits.Begun : TokenTraits.None),
    };

    public Coordinator? Coordinator(string name) => Cluster.Coordinators.FirstOrDefault(one => one.Name == name);

    private string Mint() => $"{_member.Id}-{++_minted}";

    private Handle Of(string id, Statement statement) => _handles[id] = new Handle
    {
        Id = id,
        Statement = statement,
        HasEffects = statement.IsWrite,
        Owner = _member.Id,
        OwnedUnder = _member.Session,
        RowKey = (ulong)statement.Number + 7,
        Remembered = true,
    };

    private Handle Find(in QueryToken token)
    {
        if (_handles.TryGetValue(token.Handle, out var known))
        {
            if (known is not { HasEffects: false, LastAnswer: ClientPage { Next: null } } || token.Sequence <= known.Answered)
                return known;
            // a token behind a read's last page comes from another member, which has answered its client since: that page reached nobody
            known.Statement?.EndedBy.Remove((_member, _member.Life));
        }
        var handle = new Handle { Id = token.Handle, HasEffects = token.Traits.HasFlag(TokenTraits.MayHaveEffects), Owner = token.Owner, RowKey = token.RowsKey, Hashes = null, Runs = token.Attempt };
        if (token.Rows == 0)
            handle.Hashes = [];
        _handles[token.Handle] = handle;
        return handle;
    }
}
