namespace Segue.Core.Configuration;

/// <summary>Reads what a <see cref="CommandConfig"/> is made of: <c>fence</c>, and each of <c>hooks</c>.</summary>
internal static class CommandReader
{
    public static CommandConfig Read(Section section)
    {
        var defaults = new CommandConfig();
        var config = new CommandConfig
        {
            Command = section.List("command", ScalarTypes.Text, defaults.Command),
            Timeout = section.One("timeout", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), defaults.Timeout),
        };
        if (section.IsClean && section.Has("command") && config.Command.IsEmpty)
            section.Problem("command", "names no program", "a list: the program, then its arguments");
        NeedsCommand(section, "timeout");
        return config;
    }

    /// <summary>A key that means nothing where there is no command.</summary>
    public static void NeedsCommand(Section section, string key)
    {
        if (section.Has(key) && !section.Has("command"))
            section.Problem(key, "is set though there is no command", "only with command");
    }
}
