using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Segue.Server.Admin;
using Spectre.Console.Rendering;

namespace Segue;

/// <summary><c>segue queries</c>: what runs, is held or recovers, the story of one query, and its cancel.</summary>
internal static class QueriesCommand
{
    private static readonly Option<Uri> Admin = AdminOption.Create();

    private static readonly Option<bool> AsJson = new("--json") { Description = "Print the report as JSON, one object a line." };

    private static readonly Argument<string> Id = new("id") { Description = "The id that the client has, or that of any run of the query on a coordinator." };

    public static Command Create()
    {
        var list = new Command("queries", "Show the queries that run, are held or recover, with their runs.") { Admin, AsJson };
        list.SetAction((parsed, cancellation) => AskAsync(
            parsed, client => client.QueriesAsync(cancellation), AdminJson.Default.QueryListReport, report => QueriesView.List(report, TimeZoneInfo.Local)));

        var show = new Command("show", "Tell the story of one query. One that has ended is known for half a minute more, one that was cancelled over the admin port for five.")
        {
            Id, Admin, AsJson,
        };
        show.SetAction((parsed, cancellation) => AskAsync(
            parsed, client => client.QueryAsync(parsed.GetRequiredValue(Id), cancellation), AdminJson.Default.QueryReport,
            report => QueriesView.One(report, TimeProvider.System.GetUtcNow(), TimeZoneInfo.Local)));

        var cancel = new Command("cancel", "End a query: its runs are cancelled on their coordinators, and its client gets an error that says so. Only from Segue's own machine.")
        {
            Id, Admin, AsJson,
        };
        cancel.SetAction((parsed, cancellation) => AskAsync(
            parsed, client => client.CancelAsync(parsed.GetRequiredValue(Id), cancellation), AdminJson.Default.CancelReport,
            report => Screen.Line(report.Sentence), report => report.Done));

        list.Subcommands.Add(show);
        list.Subcommands.Add(cancel);
        return list;
    }

    private static async Task<int> AskAsync<T>(
        ParseResult parsed, Func<AdminClient, Task<AdminAnswer<T>>> ask, JsonTypeInfo<T> type, Func<T, IRenderable> render, Func<T, bool>? isDone = null)
        where T : class
    {
        using var client = new AdminClient(parsed.GetRequiredValue(Admin));
        var (report, problem, refused) = await ask(client);
        if (report is null)
        {
            await Console.Error.WriteLineAsync(problem);
            return refused ? StatusExit.Refused : StatusExit.NoAnswer;
        }
        if (parsed.GetValue(AsJson))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, type));
        else
            Screen.Print(render(report));
        return isDone?.Invoke(report) == false ? StatusExit.Refused : StatusExit.Ready;
    }
}
