using Segue.Core.Routing;
using Segue.Simulation.Checkers;
using Segue.Simulation.Gateways;
using Segue.Simulation.Members;
using Segue.Simulation.World;

namespace Segue.Simulation.Clients;

/// <summary>Sends one statement after the other behind a load balancer: each request to any member; what is not answered is asked again.</summary>
internal sealed class Client(Cluster cluster, int number) : SimNode(cluster.World, cluster.Network, $"client{number}", 1, 0)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Pause = Time.Milliseconds(50);

    private readonly Rng _random = new(cluster.Options.Seed ^ ((ulong)number << 32) ^ 0xC11E);
    private readonly Queue<Statement> _statements = new();
    private readonly List<QueryToken> _past = [];
    private readonly List<int> _rows = [];
    private Statement? _now;
    private bool _cancels;

    public bool IsDone => _now is null && _statements.Count == 0;

    public Statement? Current => _now;

    public void Send(Statement statement) => _statements.Enqueue(statement);

    protected override void Started() => Next();

    private void Next()
    {
        if (!_statements.TryDequeue(out _now))
            return;
        _past.Clear();
        _rows.Clear();
        _cancels = _random.Chance(0.12);
        _now.SentAt = World.Now;
        After(TimeSpan.FromTicks(_random.Between(0, Time.Second)), Post);
    }

    private SimMember Member() => _random.Pick(cluster.Members);

    private void Post()
    {
        var (statement, to) = (_now!, Member());
        World.Say(Name, $"sends {statement} to {to.Name}");
        Network.Request(this, to, Patience, call => to.Gateway.Post(call, statement), (_, answer) =>
        {
            if (answer is ClientPage { Next: { } token })
                Go(token);
            else
                After(Pause, Post);
        });
    }

    private void Go(QueryToken token)
    {
        _past.Add(token);
        if (_cancels && _random.Chance(0.3))
        {
            // a poll may be open at another member when the cancel is sent
            if (_random.Chance(0.5))
                AskBesides(token);
            After(TimeSpan.FromTicks(_random.Between(0, 200 * Time.Millisecond)), () => Cancel(token));
        }
        else
            Poll(token);
    }

    private void Poll(QueryToken token)
    {
        if (_random.Chance(0.1))
            AskBesides(token);
        if (_past.Count > 1 && _random.Chance(0.03))
            AskBesides(_random.Pick(_past));
        var statement = _now;
        Ask(token, answer =>
        {
            if (_now == statement)
                Take(token, answer);
        });
    }

    private void AskBesides(QueryToken token)
    {
        _now!.AskedTwice = true;
        Ask(token, static _ => { });
    }

    private void Ask(QueryToken token, Action<object?> done)
    {
        var to = Member();
        Network.Request(this, to, Patience, call => to.Gateway.Poll(call, token), (_, answer) => done(answer));
    }

    private void Take(QueryToken token, object? answer)
    {
        switch (answer)
        {
            case ClientPage page:
                _rows.AddRange(page.Rows);
                if (page.Next is { } next)
                    After(next == token ? Pause : TimeSpan.Zero, () => Go(next));
                else
                    End(page.End, page.Said);
                break;
            case NoSuchPage no:
                EffectsChecker.Gone(_now!, no.Why);
                End(Told.Failed, no.Why);
                break;
            default:
                After(Pause, () => Poll(token));
                break;
        }
    }

    private void Cancel(QueryToken token)
    {
        var to = Member();
        Network.Request(this, to, Patience, call => to.Gateway.Cancel(call, token), (_, answer) =>
        {
            if (answer is Canceled)
                End(Told.Canceled, "");
            else if (answer is ClientPage { Next: null } or NoSuchPage)
                End(Told.Failed, "it ended before it could be canceled");
            else
                After(Pause, () => Cancel(token));
        });
    }

    private void End(Told told, string said)
    {
        var statement = _now!;
        World.Say(Name, $"is told of {statement}: {told} {said}");
        cluster.Effects.Ended(statement, told, said, _rows);
        // a client that is out of step asks once more for what it had long ago
        if (_past.Count > 0 && _random.Chance(0.2))
        {
            var old = _random.Pick(_past);
            After(TimeSpan.FromTicks(_random.Between(0, 2 * Time.Second)), () => Ask(old, answer =>
            {
                if (answer is ClientPage { End: not Told.Nothing } late)
                    EffectsChecker.ToldAgain(statement, late.End);
            }));
        }
        Next();
    }
}
