using Segue.Simulation.World;

namespace Segue.Simulation.Runs;

/// <summary>What kinds of harm a seed has; drawn, so that some seeds have few and others many.</summary>
[Flags]
internal enum Harms
{
    None = 0,
    CrashCoordinator = 1,
    FreezeCoordinator = 2,
    CrashMember = 4,
    FreezeMember = 8,
    CutMembers = 16,
    CutCoordinator = 32,
    CutStore = 64,
    StopStore = 128,
    SlowStore = 256,
    LossyNetwork = 512,
    RestoreStore = 1024,
    SlowCoordinator = 2048,
    JumpClocks = 4096,
    RollingRestart = 8192,
    Zombie = 16384,
    MoveOn = 32768,
    IdleClose = 65536,
    CutClients = 131072,
    SlowNetwork = 262144,
    TakeOut = 524288,
    SetFence = 1048576,
    EndWorker = 2097152,
    CutWorker = 4194304,
    CancelQuery = 8388608,
    All = 16777215,
}

/// <summary>Everything of a run that its seed decides before it begins. A part of it can be taken away without changing the rest.</summary>
internal sealed record SimOptions
{
    public required ulong Seed { get; init; }

    public required int Members { get; init; }

    public required int Coordinators { get; init; }

    public required int Clients { get; init; }

    /// <summary>Statements of each client.</summary>
    public required int Statements { get; init; }

    /// <summary>How likely a statement is a write.</summary>
    public required double Writes { get; init; }

    public required Harms Harms { get; init; }

    public required int Faults { get; init; }

    /// <summary>Of the faults drawn only these happen; null for all.</summary>
    public IReadOnlySet<int>? Kept { get; init; }

    public required TimeSpan Ttl { get; init; }

    public required TimeSpan Tick { get; init; }

    public required bool Failsafe { get; init; }

    /// <summary>An operator's fence command is configured.</summary>
    public required bool Fences { get; init; }

    /// <summary>Harm happens for this long.</summary>
    public required TimeSpan Storm { get; init; }

    /// <summary>Without <c>Heal</c> nothing is demanded after the storm.</summary>
    public bool SafetyOnly { get; init; }

    public static SimOptions Draw(ulong seed, int? members = null)
    {
        var random = new Rng(seed ^ 0x5E60E);
        var harms = Harms.None;
        var kinds = Enum.GetValues<Harms>().Where(static one => one is > Harms.None and < Harms.EndWorker).ToArray();
        var richness = random.Fraction();
        foreach (var kind in kinds)
        {
            if (random.Chance(kind is Harms.RestoreStore or Harms.Zombie ? richness / 3 : richness))
                harms |= kind;
        }
        if (random.Chance(0.5))
            harms |= Harms.CrashCoordinator;
        // drawn apart: all else of a seed is as it was before there were these
        var apart = new Rng(seed ^ 0x90A7);
        foreach (var kind in (ReadOnlySpan<Harms>)[Harms.EndWorker, Harms.CutWorker, Harms.CancelQuery])
        {
            if (apart.Chance(richness))
                harms |= kind;
        }
        var count = members ?? (random.Below(10) switch { < 2 => 1, < 4 => 2, < 9 => 3, _ => 4 });
        // an embedded store goes with the data directory, and the process that had it open with both
        if (count == 1)
            harms &= ~Harms.RestoreStore;
        return new SimOptions
        {
            Seed = seed,
            Members = count,
            Coordinators = random.Below(10) < 7 ? 2 : 3,
            Clients = 1 + random.Below(5),
            Statements = 1 + random.Below(5),
            Writes = random.Pick([0.0, 0.3, 0.5, 1.0]),
            Harms = harms,
            Faults = random.Chance(0.05) ? 0 : 1 + random.Below(8),
            Ttl = Time.Milliseconds(random.Pick([800L, 1500L, 3000L])),
            Tick = Time.Milliseconds(random.Pick([60L, 100L, 150L])),
            Failsafe = random.Chance(0.8),
            Fences = random.Chance(0.3),
            Storm = Time.Milliseconds(random.Between(3_000, 10_000)),
        };
    }

    public override string ToString() =>
        $"members {Members}, coordinators {Coordinators}, clients {Clients} x {Statements} statements ({Writes:0.0} writes), ttl {Ttl.TotalSeconds:0.0} s, "
        + $"tick {Tick.TotalMilliseconds:0} ms, failsafe {Failsafe}, fence {Fences}, storm {Storm.TotalSeconds:0.0} s, {(Kept is { } kept ? $"faults {string.Join(' ', kept)}" : $"{Faults} faults")} of {Harms}";
}
