using System.Xml.Linq;
using Segue.Server.Tests;

namespace Segue.Core.Tests.Architecture;

public sealed class ArchitectureTests
{
    private const int MostLines = 400;

    [Theory]
    [InlineData("Segue.Core",      "")]
    [InlineData("Segue.Server",    "Segue.Core")]
    [InlineData("Segue.Rehearsal", "Segue.Core")]
    [InlineData("Segue",           "Segue.Rehearsal Segue.Server")]
    public void A_project_refers_to_these_projects_and_no_other(string project, string expected)
    {
        var references = XDocument.Load(Path.Combine(Repository.Root, "src", project, $"{project}.csproj"))
            .Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));
        string.Join(' ', references.Order(StringComparer.Ordinal)).ShouldBe(expected);
    }

    [Fact]
    public void Every_project_of_the_product_has_its_row_above() =>
        Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(["Segue", "Segue.Core", "Segue.Rehearsal", "Segue.Server"]);

    [Fact]
    public void No_source_file_is_longer_than_400_lines() =>
        new[] { "src", "test" }
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories))
            .Where(file => File.ReadLines(file).Count() > MostLines)
            .Select(file => Path.GetRelativePath(Repository.Root, file))
            .ShouldBeEmpty();
}
