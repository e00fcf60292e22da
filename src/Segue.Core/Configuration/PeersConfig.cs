namespace Segue.Core.Configuration;

/// <summary>Where the members of a deployment with a shared store tell each other what they know.</summary>
public sealed record PeersConfig
{
    public Endpoint Listen { get; init; } = new("http", "0.0.0.0", 8082);

    /// <summary>Where the others reach it; null means the machine's name, or the address that it listens on where that is one.</summary>
    public Endpoint? Advertise { get; init; }

    /// <summary>A PEM bundle of the authorities that sign the members' certificates; null means the system's.</summary>
    public string? AuthorityFile { get; init; }
}
