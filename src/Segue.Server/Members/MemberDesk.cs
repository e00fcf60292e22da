using System.Collections.Immutable;
using System.Threading.Channels;
using Segue.Core.Health;
using Segue.Core.Leadership;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Server.Members;

/// <summary>Does what a member of several decides: asks the store, tells the other members. Never waited for.</summary>
internal sealed class MemberDesk : IAsyncDisposable
{
    private static readonly TimeSpan KeepAgainAfter = TimeSpan.FromMilliseconds(500);

    private readonly Channel<ConductorEffect> _session = Channel.CreateUnbounded<ConductorEffect>(new() { SingleReader = true });
    private readonly Channel<Assignment> _acks = Channel.CreateUnbounded<Assignment>(new() { SingleReader = true });
    private readonly Questions _lists = new();
    private readonly MemberRecords _records;
    private readonly AckFile _kept;
    private readonly PeerNetwork _peers;
    private readonly MemberTimes _times;
    private readonly TimeProvider _time;
    private readonly Action<ConductorInput> _tell;
    private ImmutableArray<CoordinatorReport> _said = [];
    private (long Epoch, long At) _saidAt;

    /// <param name="tell">The control loop.</param>
    public MemberDesk(MemberRecords records, AckFile kept, PeerNetwork peers, MemberTimes times, TimeProvider time, Action<ConductorInput> tell)
    {
        _records = records;
        _kept = kept;
        _peers = peers;
        _times = times;
        _time = time;
        _tell = tell;
    }

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(
        SessionAsync(stop), KeepAsync(stop), ListAsync(stop), _records.WatchLeaseAsync(_tell, stop), _records.WatchAssignmentAsync(_tell, stop));

    /// <summary>In the order of the decisions.</summary>
    public void Perform(ConductorEffect effect)
    {
        switch (effect)
        {
            case ConductorEffect.OpenSession or ConductorEffect.RenewSession or ConductorEffect.TakeLease:
                _session.Writer.TryWrite(effect);
                break;
            case ConductorEffect.Keep(var assignment):
                _acks.Writer.TryWrite(assignment);
                break;
            case ConductorEffect.Ack(var assignment):
                _session.Writer.TryWrite(effect);
                _peers.Tell(word => word with { Acked = assignment });
                break;
            case ConductorEffect.ListMembers(var question):
                _lists.Ask(question);
                break;
            case ConductorEffect.Tell(var assignment, var stored):
                _peers.Tell(word => word with { Saw = assignment, Stored = stored });
                break;
            case ConductorEffect.AskFailsafe(var assignment, var round):
                _peers.Tell(word => word with { Stays = assignment, Round = round });
                break;
            case ConductorEffect.AnswerFailsafe(var asker, var round, var yes):
                _peers.Tell(asker, word => word with { Yes = yes, Round = round });
                break;
            default:
                throw new InvalidOperationException($"no such effect: {effect}");
        }
    }

    /// <summary>Tells the others what this member sees: at once where that is another, else a few times within the life of a word.</summary>
    public void Report(ConductorState state, Instant now)
    {
        var sees = state.Health.Values
            .OrderBy(static health => health.Name, StringComparer.Ordinal)
            .Select(health => new CoordinatorReport(
                health.Name, health.Condition is Condition.Healthy or Condition.Unfit, health.InfoAt == default ? null : now - health.InfoAt))
            .ToImmutableArray();
        var same = state.HighestEpoch == _saidAt.Epoch
            && sees.Select(static one => (one.Coordinator, one.Reaches)).SequenceEqual(_said.Select(static one => (one.Coordinator, one.Reaches)));
        if (same && _time.GetElapsedTime(_saidAt.At) < _times.AskEvery)
            return;
        (_said, _saidAt) = (sees, (state.HighestEpoch, _time.GetTimestamp()));
        _peers.Tell(word => word with { Sees = sees, HighestEpoch = state.HighestEpoch });
    }

    /// <summary>Ends the session, so that nobody waits for this member.</summary>
    public async ValueTask DisposeAsync()
    {
        await _records.EndAsync();
        await _peers.DisposeAsync();
    }

    private async Task SessionAsync(CancellationToken stop)
    {
        await foreach (var effect in _session.Reader.ReadAllAsync(stop))
        {
            switch (effect)
            {
                case ConductorEffect.OpenSession(var asked):
                    _tell(await _records.OpenAsync(asked, stop));
                    break;
                case ConductorEffect.RenewSession(var session, var asked):
                    _tell(await _records.RenewAsync(session, asked, stop));
                    break;
                case ConductorEffect.TakeLease:
                    if (await _records.TakeLeaseAsync(stop) is { } seen)
                        _tell(seen);
                    break;
                case ConductorEffect.Ack(var assignment):
                    await _records.AckAsync(assignment, stop);
                    break;
                default:
                    throw new InvalidOperationException($"no such effect: {effect}");
            }
        }
    }

    /// <summary>Apart from the session: a disk that stands still is no reason not to say what this member is about.</summary>
    private async Task KeepAsync(CancellationToken stop)
    {
        await foreach (var next in _acks.Reader.ReadAllAsync(stop))
        {
            var assignment = next;
            while (Problem(assignment) is { } problem)
            {
                _tell(new ConductorInput.NotKept(assignment, problem));
                await Task.Delay(KeepAgainAfter, _time, stop);
                while (_acks.Reader.TryRead(out var later))
                    assignment = later;
            }
            _tell(new ConductorInput.Kept(assignment));
        }
    }

    private string? Problem(Assignment assignment)
    {
        try
        {
            _kept.Write(assignment);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    private async Task ListAsync(CancellationToken stop)
    {
        while (true)
        {
            var question = await _lists.NextAsync(stop);
            if (await _records.ListAsync(stop) is not { } listed)
                continue;
            _peers.Know(listed.Where(pair => pair.Value.Peers is not null && pair.Key != _records.Me.Id).ToDictionary(static pair => pair.Key, static pair => pair.Value.Peers!));
            _tell(new ConductorInput.MembersListed(question, listed.ToImmutableDictionary(
                static pair => pair.Key, static pair => pair.Value.Listed)));
            if (await _records.ReadLeaseAsync(question, stop) is { } lease)
                _tell(lease);
            await _records.TellAssignmentAsync(_tell, stop);
        }
    }
}
