using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Server.Gateway.Queries;

/// <summary>What can happen to a query; docs/operations.md shows the sentences.</summary>
internal enum MomentKind
{
    /// <summary>A coordinator took it.</summary>
    Submitted,

    /// <summary>Segue was restarted and knows of it by its token alone.</summary>
    Adopted,

    /// <summary>The same of one that another member had.</summary>
    TakenOver,

    /// <summary>Its first poll went out: from here on it may have begun.</summary>
    Began,

    /// <summary>It waits, for a coordinator or for a silent one's answer.</summary>
    Waits,

    /// <summary>Its run was given up, by a decision of the recovery.</summary>
    Left,

    /// <summary>The run that was waited for answers.</summary>
    Answered,

    /// <summary>All of its result is kept here.</summary>
    Spooled,

    /// <summary>Its result goes out before it is whole.</summary>
    SpoolLeft,

    Ended,
}

/// <summary>One moment of a query. It holds what its sentence is made of, and the sentence is made only where somebody reads it.</summary>
/// <param name="Subject">The coordinator; of an end its outcome.</param>
/// <param name="Text">The run's id where one begins; else a sentence or a name.</param>
/// <param name="Rows">Rows that had been delivered.</param>
internal readonly record struct Moment(Instant At, MomentKind Kind, string Subject, string? Text, long Rows)
{
    public bool BeginsRun => Kind is MomentKind.Submitted or MomentKind.Adopted or MomentKind.TakenOver;

    public string Sentence => Kind switch
    {
        MomentKind.Submitted => $"{Subject} took it as {Text}.",
        MomentKind.Adopted => $"Segue was restarted; the client's token says that it runs on {Subject} as {Text}.",
        MomentKind.TakenOver => $"Another member of Segue had it, which ended or fell silent; the client's token says that it runs on {Subject} as {Text}.",
        MomentKind.Began => $"Its first poll went to {Subject}.",
        MomentKind.Waits => $"It waits: {Text}",
        MomentKind.Left => Text!,
        MomentKind.Answered => $"{Subject} answers, and it runs on.",
        MomentKind.Spooled => $"All of its result is here, {Text} bytes; {Subject} is not asked for it any more.",
        MomentKind.SpoolLeft => $"Its result goes out before it is whole, because {Text}.",
        MomentKind.Ended => (Subject, Text) switch
        {
            ("finished", _) => $"It finished; {Rows} rows were delivered.",
            ("failed", _) => $"The engine ended it with {Text}; {Rows} rows had been delivered.",
            (_, null) => $"It ended: {Subject}.",
            _ => Text,
        },
        _ => throw new InvalidOperationException($"no such moment: {Kind}"),
    };
}

/// <summary>The story of one query, bounded: the first moments and the last ones stay. Written under its turn, read by anybody.</summary>
internal sealed class QueryStory
{
    /// <summary>1.3 KiB a query at most; an ordinary one has three moments.</summary>
    private const int Most = 32;

    private const int FirstKept = 8;

    private readonly List<Moment> _moments = new(3);

    /// <summary>Moments between the first and the last ones that were given up for room.</summary>
    public int LeftOut { get; private set; }

    public ImmutableArray<Moment> Moments
    {
        get
        {
            lock (_moments)
                return [.. _moments];
        }
    }

    public void Tell(Instant at, MomentKind kind, string subject, string? text, long rows)
    {
        lock (_moments)
        {
            // what is looked at again and again and stays so is told once
            if (kind == MomentKind.Waits && _moments is [.., { Kind: MomentKind.Waits } last] && last.Text == text)
                return;
            if (_moments.Count == Most)
            {
                _moments.RemoveAt(FirstKept);
                LeftOut++;
            }
            _moments.Add(new Moment(at, kind, subject, text, rows));
        }
    }
}
