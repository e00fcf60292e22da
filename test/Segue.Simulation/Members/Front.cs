using System.Text;
using Segue.Core.Discovery;
using Segue.Simulation.Bugs;
using Segue.Simulation.Engines;
using Segue.Simulation.Stores;

namespace Segue.Simulation.Members;

/// <summary>The discovery front of one member: announcements come in, are shared, and lists go out (R9).</summary>
internal sealed class Front
{
    private const string Announced = "announced/";

    private readonly SimMember _member;
    private AnnouncementTable _table;

    public Front(SimMember member)
    {
        _member = member;
        _table = AnnouncementTable.StartedAt(member.Monotonic);
    }

    public void Start()
    {
        _member.AskStore(static store => store.List(Announced), (answered, list) =>
        {
            if (answered)
                _table = _table.Step(new Restore([.. ((List<Stored>)list!).Select(static one => (Announcement)one.Value)]), _member.Monotonic).Table;
        });
        _member.Every(TimeSpan.FromSeconds(1), () => Take(new Tick()));
        _member.Every(TimeSpan.FromSeconds(1), Share);
    }

    /// <summary>Of a worker.</summary>
    public void Heard(Announcement announcement) => Take(new Announce(announcement, "sim"));

    public void TakenBack(string worker) => Take(new Unannounce(worker));

    /// <returns>How many workers a coordinator that looks up sees; null for a refusal, which leaves it what it has.</returns>
    public int? List()
    {
        if (_member.Has(Bug.EmptyWorkerListAfterRestart))
            return _table.Nodes.Count;
        if (_member.Has(Bug.DropsTheSilent))
            return _table.Nodes.Values.Count(seen => _member.Monotonic - seen.At < TimeSpan.FromSeconds(3));
        var answer = ServiceList.Of(_table, "presto", null, null, _member.Monotonic, _member.State.Member?.Others.Select(static other => other.Key));
        if (answer.Refusal is not null)
            return null;
        return Count(answer.Json.Span);
    }

    public static Announcement Of(Worker worker) => new()
    {
        NodeId = worker.Name,
        Environment = "sim",
        Pool = "general",
        Location = worker.Name,
        Services =
        [
            new AnnouncedService($"{worker.Name}.{worker.Life}", "presto", "{}"u8.ToArray(), ServiceRole.Worker, new Uri($"http://{worker.Name}:80"), [new Uri($"http://{worker.Name}:80")]),
        ],
        Body = Encoding.ASCII.GetBytes($"{worker.Name}.{worker.Life}"),
    };

    private static int Count(ReadOnlySpan<byte> json)
    {
        var count = 0;
        for (var at = json.IndexOf("\"nodeId\""u8); at >= 0; at = json.IndexOf("\"nodeId\""u8))
        {
            count++;
            json = json[(at + 8)..];
        }
        return count;
    }

    /// <summary>All that this member heard itself.</summary>
    private void Share()
    {
        var now = _member.Monotonic;
        var word = new Replicate(_member.Id, Replication.TakenBack(_table, now), [.. Replication.HeardHere(_table, now)], Replication.Signs(_table, now));
        _member.TellOthers(other => other.Front.Take(word));
    }

    private void Take(TableInput input)
    {
        var step = _table.Step(input, _member.Monotonic);
        _table = step.Table;
        foreach (var effect in step.Effects)
        {
            if (effect is Keep(var said))
                _member.AskStore(store => store.Write(Announced + said.NodeId, said, -1), static (_, _) => { });
            else if (effect is Forget(var gone, _))
                _member.AskStore(store => store.Read(Announced + gone.NodeId) is { } stored && stored.Value is Announcement kept && kept.Mark == gone.Mark && store.Delete(stored.Key, stored.Version), static (_, _) => { });
        }
    }
}
