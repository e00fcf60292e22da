using Segue.Server.Discovery;

namespace Segue.Server.Members;

/// <summary>What discovery tells goes as words between members do.</summary>
internal sealed class NodeTalk(PeerNetwork peers, PeerListener listener) : INodeTalk
{
    public IReadOnlyCollection<string> Live => [.. peers.Addresses.Keys];

    public Action<string, NodeWord> Hear
    {
        set => listener.HearNodes = value;
    }

    public void Tell(NodeWord word) => peers.Tell(said => said with { Nodes = word });

    public void Tell(string member, NodeWord word) => peers.Tell(member, said => said with { Nodes = word });
}
