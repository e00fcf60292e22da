using System.CommandLine;
using System.CommandLine.Parsing;

namespace Segue;

/// <summary><c>--admin</c>, for each command that asks the admin port.</summary>
internal static class AdminOption
{
    public static Option<Uri> Create() => new("--admin")
    {
        Description = "The admin port's URL; SEGUE_ADMIN is taken where it is not given.",
        HelpName = "url",
        CustomParser = result => Parse(result, result.Tokens[0].Value),
        DefaultValueFactory = result => Parse(result, Environment.GetEnvironmentVariable("SEGUE_ADMIN") ?? "http://127.0.0.1:8081")!,
    };

    private static Uri? Parse(ArgumentResult result, string text)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https")
            return url;
        result.AddError($"{text}: a URL such as http://127.0.0.1:8081 is expected.");
        return null;
    }
}
