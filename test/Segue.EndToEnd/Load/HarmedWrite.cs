using Segue.Server.Admin;

namespace Segue.EndToEnd.Load;

/// <summary>What happens while a write runs.</summary>
public enum Harm
{
    /// <summary>Its coordinator is killed, and started again.</summary>
    Kill,

    /// <summary>Its coordinator stands still for some seconds.</summary>
    Freeze,

    /// <summary>The catalog's database stands still, its coordinator is killed, and then the database goes on: a commit may land late.</summary>
    Pause,

    /// <summary>Segue is killed, and started again.</summary>
    Segue,

    /// <summary>Its coordinator is killed, and some seconds later Segue too.</summary>
    KillAndSegue,
}

/// <summary>What became of one write to which harm was done while it ran.</summary>
/// <param name="After">The harm came so long after the POST.</param>
/// <param name="Told">What its client was told: <see cref="Success"/>, an error's name, or <see cref="NoAnswer"/>.</param>
/// <param name="Effects">How often it took effect, by rows and snapshots; -1 where they show something that no number of runs gives.</param>
/// <param name="Account">Segue's own; null where it does not know of the write any more.</param>
/// <param name="Text">The error's message, where there is one.</param>
internal sealed record HarmedWrite(
    string Kind, Harm Harm, TimeSpan After, string Told, long? Count, int Effects, TimeSpan Took, QueryReport? Account, string Text)
{
    public const string Success = "success";

    /// <summary>The connection broke under its POST.</summary>
    public const string NoAnswer = "no answer";

    /// <summary>It took effect once and its client knows, or at most once and its client was told that it is unknown.</summary>
    public bool IsRight => Told switch
    {
        Success => Effects == 1,
        "SEGUE_OUTCOME_UNKNOWN" or NoAnswer => Effects is 0 or 1,
        _ => Effects == 0,
    };

    /// <summary>How its end came about.</summary>
    public string Fate => this switch
    {
        { Told: not Success } => "refused",
        { Account.Runs: [_, _, ..] runs } => runs.Any(static run => run.Why.Contains("run again", StringComparison.Ordinal)) ? "run again" : "submitted again",
        { Account: { } account } when Says(account, "had taken effect") => "found committed",
        { Account: { } account } when Says(account, "it runs on") => "polled on",
        _ => "untouched",
    };

    private static bool Says(QueryReport account, string words) => account.Story.Any(moment => moment.Sentence.Contains(words, StringComparison.Ordinal));
}
