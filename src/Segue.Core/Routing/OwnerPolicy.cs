namespace Segue.Core.Routing;

/// <summary>
/// Who a request of a query is for, at a member that may not be its owner (R3.1, R3.2). Each question costs more than the one before it, so that one is
/// asked only where the answer depends on it.
/// </summary>
public static class OwnerPolicy
{
    /// <param name="me">The id of this member's process.</param>
    /// <param name="known">What this member knows of the query; null where it has nothing of it.</param>
    /// <returns>Who is named in the token, or who has taken the query over from that one, as far as this member knows.</returns>
    public static string OwnerOf(in QueryToken token, string me, KnownQuery? known)
    {
        // a token that is ahead of what this member knows of a read comes from another one, which has taken it over since
        if (known is not { } mine || (token.Sequence > mine.Answered + 1 && !token.Traits.HasFlag(TokenTraits.MayHaveEffects)))
            return token.Owner;
        return token.Owner == me || mine.TakenFrom == token.Owner ? mine.Owner ?? me : token.Owner;
    }

    public static OwnerStep Next(in OwnerView view) => view switch
    {
        { IsOwner: true } or { WasPassed: true } => OwnerStep.Serve,
        { Silent: null } => OwnerStep.AskOwner,
        { MayHaveEffects: true } => OfWrite(view),
        _ => OfRead(view),
    };

    /// <summary>It may run twice, but not without its text, which it could need where its owner had read pages ahead; an owner that ends is waited for, because it writes what it knows first.</summary>
    private static OwnerStep OfRead(in OwnerView view) => view switch
    {
        { Silent: true, TextIsStored: null } => OwnerStep.AskForText,
        { Silent: true, TextIsStored: true } => OwnerStep.TakeOver,
        { Session: null } => OwnerStep.AskForSession,
        { Session: OwnerSession.Over } => OwnerStep.TakeOver,
        { Session: OwnerSession.NotKnown, Silent: true, RunLives: true } => OwnerStep.TakeOver,
        _ => OwnerStep.Wait,
    };

    /// <summary>One that is not listed any more is not its member's, and that is asked of the store only where it matters.</summary>
    private static OwnerStep OfWrite(in OwnerView view) => view switch
    {
        { Silent: true, RunLives: true, LivedLately: true } => OwnerStep.Borrow,
        { Session: null } => OwnerStep.AskForSession,
        { Session: OwnerSession.Over } => OwnerStep.TakeOver,
        { Silent: true, RunLives: true } => OwnerStep.Borrow,
        _ => OwnerStep.Wait,
    };
}

/// <summary>What a member knows of who serves a query, and of how far its client came.</summary>
/// <param name="Answered">The sequence of the last token that was answered here.</param>
/// <param name="TakenFrom">The member that it was taken over from; null where it began here.</param>
/// <param name="Owner">Another member that has it by now; null for this one.</param>
public readonly record struct KnownQuery(long Answered, string? TakenFrom, string? Owner);

/// <summary>What is known so far; null for what was not asked.</summary>
/// <param name="MayHaveEffects">By its token.</param>
/// <param name="IsOwner">This member is.</param>
/// <param name="WasPassed">By another member, which took this one for the owner: it goes no further.</param>
/// <param name="Silent">The owner did not answer the request; false where it said that it ends.</param>
/// <param name="RunLives">The token's run has begun, and its coordinator answers: polling it starts, replaces and ends nothing.</param>
/// <param name="LivedLately">The owner was among those who live when that was last heard from the store.</param>
/// <param name="TextIsStored">The store has an entry of it.</param>
public readonly record struct OwnerView(
    bool MayHaveEffects, bool IsOwner, bool WasPassed, bool? Silent = null, bool RunLives = false, bool LivedLately = false, bool? TextIsStored = null, OwnerSession? Session = null);

/// <summary>The owner's session, by a fresh look.</summary>
public enum OwnerSession
{
    /// <summary>The store does not tell; or, of a write, one whose session is over may still route (R1.6).</summary>
    NotKnown,

    Lives,

    Over,
}

/// <summary>What is to be done next.</summary>
public enum OwnerStep
{
    /// <summary>The request is passed to the owner.</summary>
    AskOwner,

    /// <summary>The store is asked for the query's text.</summary>
    AskForText,

    /// <summary>The store is asked for the owner's session.</summary>
    AskForSession,

    /// <summary>This member is the owner.</summary>
    Serve,

    /// <summary>This member becomes the owner: of a write by compare-and-set, before it begins anything (R3.2).</summary>
    TakeOver,

    /// <summary>This member polls the run that the token tells of, and does nothing else (R3.1).</summary>
    Borrow,

    /// <summary>What the request wants is the owner's alone.</summary>
    Wait,
}
