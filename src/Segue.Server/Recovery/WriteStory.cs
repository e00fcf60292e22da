using System.Collections.Immutable;
using Segue.Core.Model;
using Segue.Core.Recovery.Writes;

namespace Segue.Server.Recovery;

/// <summary>What is known of a write that a coordinator was lost with.</summary>
internal sealed class WriteStory
{
    private volatile Answers _answers = Answers.None;

    /// <summary>Query ids of the runs that may have begun and are known to have taken no effect.</summary>
    public ImmutableArray<string> Undone { get; private set; } = [];

    /// <summary>Of the claim in the store; 0 before the first.</summary>
    public long ClaimVersion { get; set; }

    /// <summary>The question that is under way, if any.</summary>
    public Task Asking { get; set; } = Task.CompletedTask;

    /// <summary>What was answered since the proof that the run's coordinator had gone by then; a proof that was taken back takes them along.</summary>
    public Answers Since(Instant gone) => _answers is { } answers && answers.Gone == gone ? answers : Answers.None;

    public void Learned(Answers answers) => _answers = answers;

    /// <summary>That run is over and took no effect; the next one is another matter.</summary>
    public void Undo(string queryId)
    {
        Undone = Undone.Add(queryId);
        _answers = Answers.None;
    }

    /// <param name="Gone">When the coordinator had gone.</param>
    /// <param name="First">At the beginning of the settle time, which counts from <paramref name="FirstAt"/>.</param>
    /// <param name="Last">Behind it.</param>
    public sealed record Answers(Instant? Gone, WriteOutcome? First, Instant? FirstAt, WriteOutcome? Last)
    {
        public static Answers None { get; } = new(null, null, null, null);
    }
}
