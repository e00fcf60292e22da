using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Logging;
using Segue.Core.Model;
using Segue.Server.Store;

namespace Segue.Server.Members;

/// <summary>What this member acked last, in its own data directory: a store that was restored from an older copy does not have it (R1.5).</summary>
/// <param name="deployment">Of the store: a directory that is moved to another deployment brings no epoch along.</param>
internal sealed class AckFile(string path, string deployment, string cluster, ILogger logger)
{
    private static readonly int SumLength = 2 * SHA256.HashSizeInBytes;

    /// <exception cref="StoreStartException">It cannot be read, or is damaged: what it forbids is not known.</exception>
    public Assignment? Read()
    {
        if (!File.Exists(path))
            return null;
        var kept = Parse(Text());
        if (kept.Deployment == deployment && kept.Cluster == cluster)
            return kept.Acked;
        logger.AckOfAnother(path, kept.Acked.Epoch, kept.Cluster, kept.Deployment);
        return null;
    }

    /// <summary>It is on the disk when this returns.</summary>
    public void Write(Assignment acked)
    {
        var text = JsonSerializer.Serialize(new KeptAck(deployment, cluster, acked), AckJson.Default.KeptAck);
        PrivateFile.Write(path, $"{Sum(text)}\n{text}\n");
        PrivateFile.KeepName(path);
    }

    private static string Sum(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private string Text()
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreStartException($"What this member acked cannot be read: {exception.Message}", exception);
        }
    }

    private KeptAck Parse(string text)
    {
        if (text.Length > SumLength && text[SumLength] == '\n' && text[(SumLength + 1)..].TrimEnd('\n') is var json && Sum(json) == text[..SumLength]
            && JsonSerializer.Deserialize(json, AckJson.Default.KeptAck) is { } kept)
            return kept;
        throw new StoreStartException(
            $"{path}, which says what this member acked last, is damaged. If the store was never restored from an older copy, remove it: Segue then goes by what the store says. "
            + "If it was, start the other members first, and this one when they serve.");
    }
}

internal sealed record KeptAck(string Deployment, string Cluster, Assignment Acked);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true)]
[JsonSerializable(typeof(KeptAck))]
internal sealed partial class AckJson : JsonSerializerContext;
