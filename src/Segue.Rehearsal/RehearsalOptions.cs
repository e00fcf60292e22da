using Segue.Core.Model;

namespace Segue.Rehearsal;

/// <summary>How one rehearsal node behaves.</summary>
public sealed record RehearsalOptions
{
    public required EngineKind Engine { get; init; }

    /// <summary>The port to listen on; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>The address to listen on and to announce.</summary>
    public string Address { get; init; } = "127.0.0.1";

    /// <summary>Where nodes announce themselves; null on a Presto coordinator means its own embedded discovery.</summary>
    public Uri? Discovery { get; init; }

    public string NodeId { get; init; } = "rehearsal";

    public string Environment { get; init; } = "test";

    /// <summary>The secret behind Trino's internal bearer; null means the environment's name, as in the engine.</summary>
    public string? InternalSecret { get; init; }

    /// <summary>The SQLite file that holds the tables of catalog memory; null keeps them in this process.</summary>
    public string? Data { get; init; }

    /// <summary>Most rows on a page.</summary>
    public int PageRows { get; init; } = 1000;

    /// <summary>Time that each row takes to make.</summary>
    public TimeSpan RowDelay { get; init; }

    /// <summary>Time that each page takes to make.</summary>
    public TimeSpan PageDelay { get; init; }

    /// <summary>Time that a statement stays queued after its first poll.</summary>
    public TimeSpan FirstPollDelay { get; init; }

    /// <summary>Time during which the node is still starting and fails statements with SERVER_STARTING_UP.</summary>
    public TimeSpan StartDelay { get; init; }

    public Faults Faults { get; init; } = Faults.None;

    /// <summary>Makes the faults repeatable.</summary>
    public int Seed { get; init; } = 1;

    public TimeProvider Time { get; init; } = TimeProvider.System;
}
