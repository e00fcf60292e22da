namespace Segue.Core.Configuration;

/// <summary>Reads <c>hooks</c>.</summary>
internal static class HooksReader
{
    public static HooksConfig Read(Section section)
    {
        var held = section.Child("held", "command");
        var config = new HooksConfig
        {
            ConductorGained = One("conductor_gained"),
            ConductorLost = One("conductor_lost"),
            CoordinatorPromoted = One("coordinator_promoted"),
            CoordinatorLost = One("coordinator_lost"),
            Held = CommandReader.Read(held),
            HeldAfter = held.One("after", ScalarTypes.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(24)), new HooksConfig().HeldAfter),
        };
        CommandReader.NeedsCommand(held, "after");
        held.End();
        section.End();
        return config;

        CommandConfig One(string key)
        {
            var hook = section.Child(key, "command");
            var read = CommandReader.Read(hook);
            hook.End();
            return read;
        }
    }
}
