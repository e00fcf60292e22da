using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Buffers.Text;
using Segue.Rehearsal.Hosting;

namespace Segue.Rehearsal.Tasks;

/// <summary>Trino's proof that a request comes from a node of the cluster (protocol.md §4, 480 and later): HS256 over a key from HKDF-SHA256.</summary>
internal sealed class InternalBearer(string nodeId, string secret, TimeProvider time)
{
    public const string Header = "X-Trino-Internal-Bearer";

    private readonly byte[] _key = HKDF.DeriveKey(
        HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: "internal-communication"u8.ToArray());

    public string Sign()
    {
        var claims = Json.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("sub", nodeId);
            json.WriteNumber("exp", time.GetUtcNow().AddMinutes(6).ToUnixTimeSeconds());
            json.WriteEndObject();
        });
        var signed = Base64Url.EncodeToString("""{"alg":"HS256"}"""u8) + "." + Base64Url.EncodeToString(claims.Span);
        return signed + "." + Base64Url.EncodeToString(HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(signed)));
    }

    public bool Verify(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3 || !Base64Url.IsValid(parts[1]) || !Base64Url.IsValid(parts[2]))
            return false;
        var expected = HMACSHA256.HashData(_key, Encoding.ASCII.GetBytes(parts[0] + "." + parts[1]));
        if (!CryptographicOperations.FixedTimeEquals(expected, Base64Url.DecodeFromChars(parts[2])))
            return false;
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[1]));
        return claims.RootElement.TryGetProperty("exp", out var exp) && exp.GetInt64() > time.GetUtcNow().ToUnixTimeSeconds();
    }
}
