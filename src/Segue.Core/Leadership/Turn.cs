using System.Collections.Immutable;
using Segue.Core.Members;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>One step in the making: the state so far and the effects in order.</summary>
internal sealed class Turn(ConductorState state, Moment now)
{
    public ConductorState State { get; set; } = state;

    public Moment Now { get; } = now;

    public ImmutableArray<ConductorEffect>.Builder Effects { get; } = ImmutableArray.CreateBuilder<ConductorEffect>();

    public Membership Member
    {
        get => State.Member ?? throw new InvalidOperationException("one member is all there is");
        set => State = State with { Member = value };
    }

    /// <summary>The number of a new question to the store.</summary>
    public long Question()
    {
        Member = Member with { Questions = Member.Questions + 1 };
        return Member.Questions;
    }

    /// <summary>Ends this member's sends.</summary>
    public void Close(bool softly = false)
    {
        if (State.Gate != GatePosition.Open)
            return;
        State = State with { Gate = GatePosition.Closing };
        Effects.Add(new ConductorEffect.CloseEpoch(State.Assignment!.Epoch, softly));
    }

    /// <summary>Opens the assignment in force where this member may route.</summary>
    public void Open()
    {
        if (State.Gate != GatePosition.Closed || State.Member is { } member && !(Now.Instant < member.RightUntil))
            return;
        State = State with { Gate = GatePosition.Open };
        Effects.Add(new ConductorEffect.OpenEpoch(State.Assignment!.Epoch, State.Assignment.Active));
    }

    /// <summary>Why statements are held; announced once for each topic: what changes of its details is in the status.</summary>
    public void Because(string reason, Topic topic)
    {
        var known = State.Topic == topic;
        State = State with { Reason = reason, Topic = topic };
        if (!known)
            Effects.Add(new ConductorEffect.Announce(Kind(topic), State.Assignment?.Active, State.Assignment?.Epoch, reason));
    }

    /// <summary>For the status alone: it is too early to say it.</summary>
    public void Quietly(string reason) => State = State with { Reason = reason };

    /// <summary>A fact that changes nothing of why statements go or wait.</summary>
    public void Say(string kind, string coordinator, string sentence) =>
        Effects.Add(new ConductorEffect.Announce(kind, coordinator, State.Assignment?.Epoch, sentence));

    /// <summary>A fact about this member.</summary>
    public void Note(string kind, string sentence) => Effects.Add(new ConductorEffect.Announce(kind, null, State.Assignment?.Epoch, sentence));

    public void Announce(string kind, string coordinator, long epoch, string sentence)
    {
        State = State with { Reason = sentence, Topic = Topic.None };
        Effects.Add(new ConductorEffect.Announce(kind, coordinator, epoch, sentence));
    }

    private static string Kind(Topic topic) => topic switch
    {
        Topic.Silent or Topic.Nobody => EventKinds.Holding,
        Topic.TooSoon => EventKinds.SwitchRefused,
        Topic.Unconfirmed => EventKinds.NotConfirmed,
        Topic.Leaving => EventKinds.Removed,
        Topic.OnlyHere => EventKinds.OnlyHere,
        Topic.Refused => EventKinds.Refused,
        _ => throw new InvalidOperationException($"nothing is announced of {topic}"),
    };
}
