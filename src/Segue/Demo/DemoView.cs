using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Segue.Demo;

/// <summary>Shows the story while it happens: a live table on a terminal, else a line a step.</summary>
internal static class DemoView
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(150);

    /// <summary>NO_COLOR and CI ask for plain lines, and so does an output that is no terminal.</summary>
    private static bool Plain =>
        Console.IsOutputRedirected || Environment.GetEnvironmentVariable("NO_COLOR") is { Length: > 0 } || Environment.GetEnvironmentVariable("CI") is { Length: > 0 };

    /// <summary>Shows the story until the play is over; its failure is thrown.</summary>
    /// <param name="lines">Where plain lines go, or null for the view that fits the terminal.</param>
    public static async Task<T> ShowAsync<T>(DemoStory story, TextWriter? lines, Func<Task<T>> play)
    {
        if (lines is null && !Plain)
            return await AnsiConsole.Live(Picture(story)).StartAsync(live => LiveAsync(story, live, play()));
        story.Told += step => (lines ?? Console.Out).WriteLine(Line(step, story.Tally.Count));
        return await play();
    }

    private static async Task<T> LiveAsync<T>(DemoStory story, LiveDisplayContext live, Task<T> play)
    {
        while (await Task.WhenAny(play, Task.Delay(Refresh, TimeProvider.System)) != play)
            live.UpdateTarget(Picture(story));
        live.UpdateTarget(Picture(story));
        return await play;
    }

    private static string Line(DemoStep step, TallyCount count) =>
        string.Create(CultureInfo.InvariantCulture, $"{step.At.TotalSeconds,5:0.0} s  {step.Sentence}")
        + (count.Queries == 0 ? "" : $" ({count.Queries} queries, {count.Failed} failed)");

    private static Rows Picture(DemoStory story)
    {
        var count = story.Tally.Count;
        return new Rows(
        [
            .. story.Steps.Select(static step => new Text(string.Create(CultureInfo.InvariantCulture, $"{step.At.TotalSeconds,5:0.0} s  {step.Sentence}"))),
            Coordinators(story),
            new Markup(
                $"[bold]{count.Queries}[/] queries, [{(count.Failed == 0 ? "green" : "red")}]{count.Failed} failed[/], longest wait {HumanDuration.Of(count.Longest)}"),
        ]);
    }

    private static IRenderable Coordinators(DemoStory story)
    {
        if (story.Status is not { } status)
            return Text.Empty;
        var table = new Table { Border = TableBorder.Rounded };
        table.AddColumns("coordinator", "role", "ready", "workers", "evidence");
        foreach (var c in status.Clusters[0].Coordinators)
            table.AddRow(
                new Text(story.NameOf(c.Name)),
                new Text(c.Role, StatusView.RoleStyle(c.Role)),
                new Text(c.Ready ? "yes" : "no"),
                new Text(c.WorkersSeen?.ToString(CultureInfo.InvariantCulture) ?? "-"),
                new Text(c.Sentence.Replace(c.Name, story.NameOf(c.Name), StringComparison.Ordinal)));
        return table;
    }
}
