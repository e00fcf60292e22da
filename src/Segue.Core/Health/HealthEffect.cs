namespace Segue.Core.Health;

/// <summary>What a coordinator's state asks of the shell.</summary>
public abstract record HealthEffect
{
    private HealthEffect()
    {
    }

    /// <summary>Probe at once instead of at the next interval.</summary>
    public sealed record ProbeNow : HealthEffect;

    /// <summary>A process that was not seen before is ready: look at its authentication, then run the warm-up canaries.</summary>
    public sealed record Welcome : HealthEffect;
}
