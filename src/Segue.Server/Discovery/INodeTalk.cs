namespace Segue.Server.Discovery;

/// <summary>How discovery reaches the deployment's other members. What is told may be lost.</summary>
internal interface INodeTalk
{
    /// <summary>Ids of those that live; this one apart.</summary>
    IReadOnlyCollection<string> Live { get; }

    /// <summary>Who takes what a member tells.</summary>
    Action<string, NodeWord> Hear { set; }

    void Tell(NodeWord word);

    void Tell(string member, NodeWord word);
}
