using System.Text.Json;
using System.Text.Json.Serialization;
using Segue.Core.Members;
using Segue.Server.Gateway.Clients;

namespace Segue.Server.Members.Passing;

/// <summary>What a member says of a request that it passes on, sealed for the one process that is to answer it.</summary>
/// <param name="From">The member's id.</param>
/// <param name="Number">Counts what it passes on: what was sent once is not done twice.</param>
/// <param name="Target">Path and query as the client wrote them.</param>
/// <param name="Seen">What it saw of the client.</param>
/// <param name="OnlyIfKnown">It is for the member that follows the query, and nobody else.</param>
internal sealed record PassClaim(string From, long Number, string Method, string Target, PassedFrom Seen, bool OnlyIfKnown)
{
    /// <summary>Carries the claim; in an answer one of the words below. An answer without is no member's.</summary>
    public const string Header = "X-Segue-Pass";

    /// <summary>The answer is the client's.</summary>
    public const string Answered = "answered";

    /// <summary>It ends, and its queries are another's in a moment.</summary>
    public const string Leaving = "leaving";

    /// <summary>It does not reach its coordinator, or may not route: as good as one that is not heard.</summary>
    public const string Unfit = "unfit";

    /// <summary>It does not follow the query.</summary>
    public const string Unknown = "unknown";

    public string Seal(PeerSeal seal, string to, ReadOnlySpan<byte> nonce) =>
        Convert.ToBase64String(seal.Seal(Scope(to), JsonSerializer.SerializeToUtf8Bytes(this, PassJson.Default.PassClaim), nonce));

    /// <summary>Never throws, whatever the text is.</summary>
    public static PassClaim? Open(PeerSeal seal, string me, string text)
    {
        var box = new byte[text.Length];
        return Convert.TryFromBase64String(text, box, out var length) && seal.Open(Scope(me), box.AsSpan(0, length)) is { } plain
            ? JsonSerializer.Deserialize(plain, PassJson.Default.PassClaim)
            : null;
    }

    /// <summary>No word between members can be taken for a claim, nor the other way round.</summary>
    private static string Scope(string member) => $"{member}\npass";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PassClaim))]
internal sealed partial class PassJson : JsonSerializerContext;
