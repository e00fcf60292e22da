using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Core.Routing;
using Segue.Server.Admin;
using Segue.Server.ControlLoop;
using Segue.Server.Gateway.Owners;
using Segue.Server.Gateway.Pages;
using Segue.Server.Members;
using Segue.Server.Members.Passing;

namespace Segue.Server.Tests.Members;

/// <summary>Members that pass requests to one another over real ports; who lives and who is heard the test says.</summary>
internal sealed class SeveralMembers : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, PeerListener> _listeners = new();
    private readonly ConcurrentDictionary<string, bool> _gone = new();
    private readonly ConcurrentDictionary<string, bool> _silent = new();
    private readonly ConcurrentDictionary<string, long> _sessions = new();
    private volatile bool _othersMayStay;

    /// <summary>Of sessions, as requests reckon with it; when they end the test says.</summary>
    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(3);

    public PeerSeal Seal { get; } = new(new KeyRing(TokenKey.Of(new byte[32])), "deployment");

    public Uri AddressOf(string member) => new($"http://127.0.0.1:{_listeners[member].Port}");

    public OtherMembers For(string member, MemoryBudget memory)
    {
        var list = new List(this, member);
        _sessions[member] = 1;
        return new OtherMembers(list, new PassSender(member, list, Seal, new PeersConfig(), 1 << 20, memory, TimeProvider.System), () => _sessions[member], () => _othersMayStay, Ttl);
    }

    public async Task ListenAsync(string member, Server.Gateway.Gateway gateway, ICluster cluster, MemberAnswers questions)
    {
        var listener = new PeerListener(member, Seal, NullLogger.Instance)
        {
            Pass = new PassReceiver(member, Seal, gateway.Follows, gateway.HandleAsync, () => cluster.Unfit is null, questions, NullLogger.Instance).HandleAsync,
        };
        await listener.StartAsync(new Endpoint("http", "127.0.0.1", 0), null, 1 << 20, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        _listeners[member] = listener;
    }

    /// <summary>It gives no word and no answer any more; its session lives.</summary>
    public void Silence(string member) => _silent[member] = true;

    public void Hear(string member) => _silent.TryRemove(member, out _);

    /// <summary>Its session is over, too.</summary>
    public void End(string member)
    {
        Silence(member);
        _gone[member] = true;
    }

    /// <summary>Those whose sessions are over may route on; or not any more.</summary>
    public void OthersMayStay(bool may) => _othersMayStay = may;

    /// <summary>It has opened another session.</summary>
    public void ComeBack(string member)
    {
        Hear(member);
        _gone.TryRemove(member, out _);
        _sessions[member]++;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners.Values)
            await listener.DisposeAsync();
    }

    private sealed class List(SeveralMembers all, string me) : IMemberList
    {
        public IReadOnlyCollection<string> Live => [.. all._listeners.Keys.Where(member => member != me && !all._gone.ContainsKey(member))];

        public ValueTask<Uri?> FindAsync(string id, CancellationToken cancellation) => new(all._silent.ContainsKey(id) ? null : all.AddressOf(id));

        public bool IsSilent(string id) => all._silent.ContainsKey(id);

        public ValueTask<bool?> IsListedAsync(string id, CancellationToken cancellation) => new(!all._gone.ContainsKey(id));
    }
}
