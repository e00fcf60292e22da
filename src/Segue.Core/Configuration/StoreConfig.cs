namespace Segue.Core.Configuration;

/// <summary>Where a deployment keeps what must outlive its members.</summary>
public sealed record StoreConfig
{
    public StoreUrl Url { get; init; } = StoreUrl.Embedded;

    /// <summary>From the environment, the file or the URL, in this order.</summary>
    public string? Password { get; init; }

    /// <summary>Null where the store is reached without TLS.</summary>
    public StoreTlsConfig? Tls { get; init; }

    /// <summary>A file with the deployment's key in base64; set where the store is shared and <see cref="Key"/> is not.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The deployment's key in base64, from the environment; wins over <see cref="KeyFile"/>.</summary>
    public string? Key { get; init; }
}

public sealed record StoreTlsConfig
{
    /// <summary>A PEM bundle of the authorities to trust; null means the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>Shown to the store; null for none.</summary>
    public CertificateFiles? Certificate { get; init; }

    public bool Verify { get; init; } = true;
}
