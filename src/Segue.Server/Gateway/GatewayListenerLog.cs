using Microsoft.Extensions.Logging;

namespace Segue.Server.Gateway;

internal static partial class GatewayListenerLog
{
    [LoggerMessage(1900, LogLevel.Information, "Certificate {File} has changed and is in use; it is valid until {NotAfter}")]
    public static partial void CertificateRead(ILogger logger, string file, DateTime notAfter);

    [LoggerMessage(1901, LogLevel.Error, "Certificate {File} or its key cannot be used; the old one stays in use, valid until {NotAfter}")]
    public static partial void CertificateBroken(ILogger logger, string file, DateTime notAfter, Exception exception);
}
