namespace Segue.Server.Commands;

/// <summary>How a run of an operator's program ended.</summary>
internal enum CommandOutcome
{
    /// <summary>Exit code 0.</summary>
    Succeeded,

    /// <summary>Another exit code.</summary>
    Failed,

    /// <summary>It could not be started.</summary>
    NotRun,

    /// <summary>It did not end in time; what it did is not known.</summary>
    TimedOut,
}

/// <param name="Detail">What is said behind the program's name.</param>
internal readonly record struct CommandEnd(CommandOutcome Outcome, string Detail);
