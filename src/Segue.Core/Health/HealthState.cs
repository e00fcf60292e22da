using System.Collections.Immutable;
using Segue.Core.Model;
using Segue.Core.Routing;

namespace Segue.Core.Health;

/// <summary>Everything known of one coordinator.</summary>
public sealed record HealthState
{
    private const string NotJudgedYet = "answers, and its authentication was not looked at yet";
    private const string RestartedNotJudgedYet = "was restarted, and its authentication was not looked at yet";

    public required string Name { get; init; }

    /// <summary>It is plain http without leave to be so: not usable before its authentication was looked at (R10.1).</summary>
    public bool MustBeJudged { get; init; }

    public Condition Condition { get; init; }

    public Evidence Evidence { get; init; }

    /// <summary>The rest of a sentence that begins with the name.</summary>
    public string Phrase { get; init; } = "was not asked yet";

    public NodeInfo? Info { get; init; }

    public Instant InfoAt { get; init; }

    /// <summary>When the first probe was sent that is not answered, nor followed by another answer.</summary>
    public Instant? UnansweredSince { get; init; }

    /// <summary>The first sign of the present trouble.</summary>
    public Instant? FirstSign { get; init; }

    public Instant LastStep { get; init; }

    public bool TripwireOpen { get; init; }

    /// <summary>Its end was seen, not only its silence (R2.1).</summary>
    public bool Dead { get; init; }

    /// <summary>It said that it is shutting down; there is no way back from that for a process.</summary>
    public bool Stopping { get; init; }

    /// <summary>Restarts seen.</summary>
    public int Generation { get; init; }

    /// <summary>The last generation that was welcomed.</summary>
    public int? Welcomed { get; init; }

    public Incarnation? Incarnation { get; init; }

    /// <summary>Incarnations it had before, the last ones.</summary>
    public ImmutableArray<Incarnation> Past { get; init; } = [];

    /// <summary>When the processes seen here began, the present one last, as far as uptimes tell it.</summary>
    public ImmutableArray<Instant> Starts { get; init; } = [];

    /// <summary>When a process answered again that another one had replaced; null where that was not seen lately.</summary>
    public Instant? AlternatedAt { get; init; }

    /// <summary>The URL answers for more than one coordinator (R2.4): no restart is told from its uptimes.</summary>
    public bool Alternates => AlternatedAt is not null;

    /// <summary>Canaries of other deployments at the last look; null before the first (R1.7).</summary>
    public ImmutableHashSet<string>? OtherCanaries { get; init; }

    /// <summary>The other deployment that runs canaries here now, or null (R1.7).</summary>
    public OtherDeployment? Other { get; init; }

    /// <summary>Why it must not be used though it answers, or null.</summary>
    public string? Objection { get; init; }

    /// <summary>It answered, and the look at its authentication is still under way: too early to choose, or to leave it.</summary>
    public bool AwaitsJudgement => Objection is NotJudgedYet or RestartedNotJudgedYet;

    /// <summary>Which of its incarnations are known to be gone (R5).</summary>
    public GoneProof Proof { get; init; } = GoneProof.None;

    public int? WorkersSeen { get; init; }

    public CanaryOutcome? LastCanary { get; init; }

    /// <summary>A coordinator that was not asked yet.</summary>
    public static HealthState First(string name, bool mustBeJudged, Instant now) => new()
    {
        Name = name,
        MustBeJudged = mustBeJudged,
        LastStep = now,
        Objection = mustBeJudged ? NotJudgedYet : null,
    };

    /// <summary>What speaks against a new process of it until its authentication was looked at.</summary>
    public string? ObjectionAfterRestart => MustBeJudged ? RestartedNotJudgedYet : null;

    /// <summary>Looked at in another way from now on: it is greeted again, and judged where that is new.</summary>
    public HealthState WatchedAnew(bool mustBeJudged) => this with
    {
        MustBeJudged = mustBeJudged,
        Objection = mustBeJudged == MustBeJudged ? Objection : mustBeJudged ? NotJudgedYet : null,
        Welcomed = null,
        TripwireOpen = false,
        Proof = Proof.WatchedAnew(),
    };

    public string Sentence => $"{Name} {Phrase}";

    /// <summary>What the data path may conclude.</summary>
    public Liveness Liveness => Condition switch
    {
        Condition.Healthy or Condition.Unfit => Liveness.Answering,
        Condition.Unknown or Condition.Suspect => Liveness.Silent,
        Condition.Lost => Dead ? Liveness.Dead : Liveness.Silent,
        _ => throw new InvalidOperationException($"no such condition: {Condition}"),
    };
}

public sealed record HealthStep(HealthState State, ImmutableArray<HealthEffect> Effects, HealthNews? News);
