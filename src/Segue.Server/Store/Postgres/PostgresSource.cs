using Npgsql;
using Segue.Core.Configuration;

namespace Segue.Server.Store.Postgres;

/// <summary>How PostgreSQL is reached.</summary>
internal static class PostgresSource
{
    // what waits for each other in the store anyway needs no more
    private const int MaxConnections = 4;

    /// <param name="pooled">False for connections that are kept: they must not use up those that operations wait for.</param>
    public static NpgsqlDataSource Create(StoreConfig config, bool pooled)
    {
        var url = config.Url;
        var builder = new NpgsqlSlimDataSourceBuilder(new NpgsqlConnectionStringBuilder
        {
            // several hosts are one server with its standbys: only who takes writes is asked
            Host = string.Join(',', url.Hosts.Select(static host => $"{host.Host.Trim('[', ']')}:{host.Port}")),
            Username = url.User,
            Password = config.Password,
            Database = url.Name,
            ApplicationName = "segue",
            Pooling = pooled,
            MaxPoolSize = MaxConnections,
            Timeout = 2,
            CommandTimeout = 0, // StoreDeadline's matter
            CancellationTimeout = -1,
            TcpKeepAlive = true,
            SslMode = config.Tls switch { null => SslMode.Disable, { Verify: true } => SslMode.VerifyFull, _ => SslMode.Require },
            RootCertificate = config.Tls?.AuthorityFile,
            SslCertificate = config.Tls?.Certificate?.Certificate,
            SslKey = config.Tls?.Certificate?.Key,
            GssEncryptionMode = GssEncryptionMode.Disable,
            HostRecheckSeconds = 1,
        }.ConnectionString);
        if (config.Tls is not null)
            builder.EnableTransportSecurity();
        return url.Hosts.Length == 1 ? builder.Build() : builder.BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);
    }
}
