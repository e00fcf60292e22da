using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Segue.Core.Configuration;

namespace Segue.Server.Configuration;

/// <summary>Loads a configuration strictly, with every error at once: from a file, or from options without one.</summary>
public static class ConfigFile
{
    private const string Password = "SEGUE_AUTH_PASSWORD";
    private const string Token = "SEGUE_AUTH_TOKEN";
    private const string InternalSecret = "SEGUE_INTERNAL_SECRET";
    private const string StorePassword = "SEGUE_STORE_PASSWORD";
    private const string Key = "SEGUE_KEY";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Never throws for what is wrong with the file: that is in the result.</summary>
    public static ConfigLoad Load(string path, ConfigSecrets secrets)
    {
        try
        {
            return Parse(File.ReadAllBytes(path), secrets);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return new ConfigLoad(null, [], [], Unreadable: exception.Message);
        }
    }

    /// <summary>The configuration of one cluster with its engine and coordinators, and top-level keys; errors have line 0.</summary>
    public static ConfigLoad FromOptions(
        string engine, IEnumerable<string> coordinators, IEnumerable<KeyValuePair<string, string>> more, ConfigSecrets secrets)
    {
        ConfigNode urls = new ConfigSequence([.. coordinators.Select(static url => (ConfigNode)Text(url))], 0);
        var cluster = new ConfigMapping([new("engine", Text(engine), 0), new("coordinators", urls, 0)], 0);
        return Read(
            new ConfigMapping([new("clusters", new ConfigSequence([cluster], 0), 0), .. more.Select(static pair => new ConfigEntry(pair.Key, Text(pair.Value), 0))], 0),
            secrets);
    }

    /// <summary>The environment variables that hold secrets: nobody whom Segue starts gets them.</summary>
    internal static ImmutableArray<string> SecretVariables { get; } = [Password, Token, InternalSecret, StorePassword, Key];

    /// <summary>Those of docs/configuration.md; an empty one counts as not set.</summary>
    public static ConfigSecrets SecretsFromEnvironment()
    {
        return new ConfigSecrets(Of(Password), Of(Token), Of(InternalSecret))
        {
            StorePassword = Of(StorePassword),
            Key = Of(Key),
        };

        static string? Of(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
    }

    internal static ConfigLoad Parse(byte[] content, ConfigSecrets secrets) => ParseText(content, secrets) with { Digest = DigestOf(content) };

    internal static string DigestOf(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static ConfigLoad ParseText(byte[] content, ConfigSecrets secrets)
    {
        string text;
        try
        {
            text = StrictUtf8.GetString(content);
        }
        catch (DecoderFallbackException)
        {
            return new ConfigLoad(null, [new ConfigError(0, "", null, "the file is not UTF-8 text", null)], []);
        }
        var (root, errors) = YamlSource.Parse(text);
        return root is null ? new ConfigLoad(null, errors, []) : Read(root, secrets);
    }

    private static ConfigLoad Read(ConfigNode root, ConfigSecrets secrets)
    {
        var reading = ConfigReader.Read(root, secrets);
        if (reading.Config is not { } config)
            return new ConfigLoad(null, reading.Errors, reading.Settings);
        var errors = ReferencedFiles.Check(config, reading.Settings);
        return new ConfigLoad(errors.IsEmpty ? config : null, errors, reading.Settings);
    }

    private static ConfigScalar Text(string text) => new(text, Quoted: true, 0);
}
