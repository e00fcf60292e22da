using System.Collections.Immutable;
using Segue.Core.Discovery;

namespace Segue.Server.Discovery;

/// <summary>
/// Shares what nodes say with the deployment's other members (R9): what is new a moment later, signs of life each second, and all of it to who has
/// just come or lacks something.
/// </summary>
internal sealed class NodeReplication
{
    private const int WordBytes = 256 << 10;

    private static readonly TimeSpan TellEvery = TimeSpan.FromMilliseconds(200);

    private readonly AnnouncementDesk _desk;
    private readonly RelayedAnnouncements _relayed;
    private readonly INodeTalk _talk;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private List<SaidElsewhere> _said = [];
    private List<RelayedRequest> _requests = [];
    private bool _tookBack;

    public NodeReplication(AnnouncementDesk desk, RelayedAnnouncements relayed, INodeTalk talk, TimeProvider time)
    {
        (_desk, _relayed, _talk, _time) = (desk, relayed, talk, time);
        relayed.Remembered = Relayed;
        talk.Hear = Hear;
    }

    /// <summary>Ids of the other members that live.</summary>
    public IReadOnlyCollection<string> Others => _talk.Live;

    /// <summary>A node said something new to this member.</summary>
    public void Said(Announcement announcement)
    {
        lock (_lock)
            _said.Add(new SaidElsewhere(announcement, TimeSpan.Zero));
    }

    /// <summary>A node took its services back.</summary>
    public void TookBack()
    {
        lock (_lock)
            _tookBack = true;
    }

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TellEvery, _time);
        var known = ImmutableHashSet<string>.Empty;
        for (var round = 0; await timer.WaitForNextTickAsync(stop); round++)
        {
            var live = _talk.Live.ToImmutableHashSet();
            foreach (var member in live.Except(known))
                _talk.Tell(member, new NodeWord { Wants = true });
            known = live;
            TellNews();
            if (round % 5 == 0)
                _talk.Tell(new NodeWord { Signs = Replication.Signs(_desk.Table, _desk.Now), Gone = Replication.TakenBack(_desk.Table, _desk.Now) });
        }
    }

    private void Relayed(KeptRequest request, bool accepted)
    {
        lock (_lock)
            _requests.Add(request.ToWord(accepted));
    }

    private void TellNews()
    {
        List<SaidElsewhere> said;
        List<RelayedRequest> requests;
        bool tookBack;
        lock (_lock)
        {
            (said, requests, tookBack) = (_said, _requests, _tookBack);
            (_said, _requests, _tookBack) = ([], [], false);
        }
        if (tookBack)
            _talk.Tell(new NodeWord { Gone = Replication.TakenBack(_desk.Table, _desk.Now) });
        foreach (var word in Words(said, requests))
            _talk.Tell(word);
    }

    private void Hear(string member, NodeWord word)
    {
        if (word.Wants)
        {
            foreach (var part in Words(Replication.HeardHere(_desk.Table, _desk.Now), _relayed.HeardHere))
                _talk.Tell(member, part);
        }
        foreach (var request in word.Relayed)
            _relayed.Take(KeptRequest.Of(request), request.Accepted);
        var nodes = word.Nodes.Select(static node => (Said: AnnouncementReader.Read(node.Body, out _), node.Age)).Where(static node => node.Said is not null);
        var step = _desk.Step(new Replicate(member, word.Gone, [.. nodes.Select(static node => new SaidElsewhere(node.Said!, node.Age))], word.Signs));
        if (step.Effects.OfType<Want>().Any())
            _talk.Tell(member, new NodeWord { Wants = true });
    }

    /// <summary>As few as hold them all.</summary>
    private static IEnumerable<NodeWord> Words(IEnumerable<SaidElsewhere> said, IEnumerable<RelayedRequest> requests)
    {
        var (nodes, relayed, bytes) = (ImmutableArray.CreateBuilder<NodeBody>(), ImmutableArray.CreateBuilder<RelayedRequest>(), 0);
        foreach (var one in said)
        {
            nodes.Add(new NodeBody(one.Announcement.Body.ToArray(), one.Age));
            if ((bytes += one.Announcement.Body.Length) >= WordBytes)
                yield return Word();
        }
        foreach (var one in requests)
        {
            relayed.Add(one);
            if ((bytes += one.Body.Length + one.Headers.Sum(static header => header.Name.Length + header.Values.Sum(static value => value.Length))) >= WordBytes)
                yield return Word();
        }
        if (bytes > 0)
            yield return Word();

        NodeWord Word()
        {
            var word = new NodeWord { Nodes = nodes.DrainToImmutable(), Relayed = relayed.DrainToImmutable() };
            bytes = 0;
            return word;
        }
    }
}
