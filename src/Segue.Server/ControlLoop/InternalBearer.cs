using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Segue.Core.Protocol;

namespace Segue.Server.ControlLoop;

/// <summary>The token by which nodes of one cluster know each other (protocol.md §4): HS256 over a key made from the shared secret.</summary>
internal static class InternalBearer
{
    private const int FirstWithHkdf = 480;

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private static readonly string Header = Base64Url.EncodeToString("""{"alg":"HS256"}"""u8);

    /// <param name="subject">A node id; the engines do not check it against the nodes they know.</param>
    public static string Create(string secret, Dialect dialect, string version, string subject, DateTimeOffset now)
    {
        var claims = $$"""{"sub":"{{subject}}","exp":{{(now + Lifetime).ToUnixTimeSeconds()}}}""";
        var signed = $"{Header}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}";
        var signature = HMACSHA256.HashData(Key(secret, dialect, version), Encoding.ASCII.GetBytes(signed));
        return $"{signed}.{Base64Url.EncodeToString(signature)}";
    }

    private static byte[] Key(string secret, Dialect dialect, string version)
    {
        var bytes = Encoding.UTF8.GetBytes(secret);
        return dialect == Dialect.Trino && Major(version) >= FirstWithHkdf
            ? HKDF.DeriveKey(HashAlgorithmName.SHA256, bytes, 32, salt: null, info: "internal-communication"u8.ToArray())
            : SHA256.HashData(bytes);
    }

    private static int Major(string version)
    {
        var digits = version.AsSpan();
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? major : 0;
    }
}
