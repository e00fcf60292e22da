using System.Text.RegularExpressions;
using Segue.Core.Health;
using Segue.Core.Members;

namespace Segue.Server.Tests.Admin;

/// <summary>docs/operations.md tells of every sentence of the status what to do about it.</summary>
public sealed partial class StatusSentencesTests
{
    [Fact]
    public void The_documentation_lists_exactly_the_sentences_of_the_members()
    {
        var second = TimeSpan.FromSeconds(1);
        string[] said =
        [
            .. Enum.GetValues<LeaseStanding>().Select(static one => MemberSentences.Of(one, "…")),
            .. Enum.GetValues<StoreStanding>().Select(one => MemberSentences.Of(one, second)),
            .. Enum.GetValues<RightStanding>().Select(one => MemberSentences.Of(one, second)),
            .. Enum.GetValues<AckStanding>().Select(static one => MemberSentences.Of(one, 1, 2)),
            .. Enum.GetValues<ReachStanding>().Select(one => MemberSentences.Of(one, ["…"], second)),
            MemberSentences.Of(ReachStanding.Silent, [], null),
        ];
        Documented("the members").ShouldBe(said.Select(static one => Varying().Replace(one, "…")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documentation_lists_exactly_the_sentences_of_a_cluster()
    {
        var said = new[] { "Leadership", "Members" }
            .SelectMany(static folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src", "Segue.Core", folder), "*.cs"))
            .SelectMany(static file => Sentences(File.ReadAllText(file)))
            .Distinct();
        Documented("a cluster").ShouldBe(said.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documentation_lists_exactly_the_sentences_of_readiness()
    {
        var said = new[] { "Segue.Server/Admin/SegueHealth.cs", "Segue.Core/Members/Fitness.cs", "Segue.Core/Leadership/Pictures.cs" }
            .SelectMany(static file => Verdict().Matches(Repository.Read($"src/{file}"))
                // of the pictures the alarm alone
                .Where(match => !file.EndsWith("Pictures.cs", StringComparison.Ordinal) || match.Value.StartsWith("health => ", StringComparison.Ordinal)))
            .Select(static match => match.Groups["text"].Value)
            .Select(static text => Hole().Replace(text, "…"))
            // what another one says, behind the cluster's name
            .Where(static sentence => sentence != "…: …");
        Documented("readiness").ShouldBe(said.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_documentation_tells_of_each_evidence_what_to_do() =>
        Repository.Table("docs/operations.md", "| evidence | the sentence begins with | what to do |").Select(static row => row[0]).ShouldBe(Enum.GetNames<Evidence>(), ignoreOrder: true);

    private static IOrderedEnumerable<string> Documented(string of) =>
        Repository.Table("docs/operations.md", $"| sentence of {of} | what to do |").Select(static row => row[0]).Order(StringComparer.Ordinal);

    /// <summary>What is given to the status in source text, with … for what is put in.</summary>
    private static IEnumerable<string> Sentences(string source) => Said().Matches(source).Select(match => Literal(source.AsSpan(match.Index + match.Length)));

    private static string Literal(ReadOnlySpan<char> source)
    {
        var (text, depth) = ("", 0);
        foreach (var one in source)
        {
            if (one == '"' && depth == 0)
                break;
            if (one == '{' && depth++ == 0)
                text += '…';
            else if (one == '}')
                depth--;
            else if (depth == 0)
                text += one;
        }
        return text;
    }

    [GeneratedRegex(@"((Quietly|Because)\(|Hold\(turn, |(intent|sentence) = )\$?""")]
    private static partial Regex Said();

    [GeneratedRegex(@"(\(false, |\} => |return |\? |health => )\$?""(?<text>[^""]+)""")]
    private static partial Regex Verdict();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Hole();

    [GeneratedRegex(@"\d[\d.]*( s)?")]
    private static partial Regex Varying();
}
