namespace Segue.Core.Configuration;

/// <summary>Reads <c>fence</c>.</summary>
internal static class FenceReader
{
    public static FenceConfig Read(Section section)
    {
        var defaults = new FenceConfig();
        var config = new FenceConfig
        {
            Command = section.List("command", ScalarTypes.Text, defaults.Command),
            Timeout = section.One("timeout", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)), defaults.Timeout),
        };
        if (section.Has("command") && config.Command.IsEmpty)
            section.Problem("command", "names no program", "a list: the program, then its arguments");
        if (section.Has("timeout") && config.Command.IsEmpty)
            section.Problem("timeout", "is set though there is no command", "only with command");
        section.End();
        return config;
    }
}
