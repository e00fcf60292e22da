using System.Collections.Immutable;
using Segue.Core.Model;

namespace Segue.Core.Leadership;

/// <summary>One step in the making: the state so far and the effects in order.</summary>
internal sealed class Turn(ConductorState state, Moment now)
{
    public ConductorState State { get; set; } = state;

    public Moment Now { get; } = now;

    public ImmutableArray<ConductorEffect>.Builder Effects { get; } = ImmutableArray.CreateBuilder<ConductorEffect>();

    /// <summary>Why statements are held; announced where it is news.</summary>
    public void Because(string reason, string kind = EventKinds.Holding)
    {
        if (State.Reason == reason)
            return;
        State = State with { Reason = reason };
        Effects.Add(new ConductorEffect.Announce(kind, State.Assignment?.Active, State.Assignment?.Epoch, reason));
    }

    /// <summary>A fact that changes nothing of why statements go or wait.</summary>
    public void Say(string kind, string coordinator, string sentence) =>
        Effects.Add(new ConductorEffect.Announce(kind, coordinator, State.Assignment?.Epoch, sentence));

    public void Announce(string kind, string coordinator, long epoch, string sentence)
    {
        State = State with { Reason = sentence };
        Effects.Add(new ConductorEffect.Announce(kind, coordinator, epoch, sentence));
    }
}
