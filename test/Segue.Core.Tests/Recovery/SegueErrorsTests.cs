using Segue.Core.Recovery;
using Segue.Server.Tests;

namespace Segue.Core.Tests.Recovery;

public class SegueErrorsTests
{
    [Fact]
    public void Names_and_codes_are_distinct_and_outside_the_engines_blocks()
    {
        SegueErrors.All.Select(error => error.Name).ShouldBeUnique();
        SegueErrors.All.Select(error => error.Code).ShouldBeUnique();
        SegueErrors.All.ShouldAllBe(error => error.Code > 0x0100_0000 && error.Name.StartsWith("SEGUE_", StringComparison.Ordinal));
        SegueErrors.All.ShouldAllBe(error => error.Type == "INTERNAL_ERROR" || error.Type == "INSUFFICIENT_RESOURCES" || error.Type == "USER_ERROR");
    }

    [Fact]
    public void The_list_holds_every_error()
    {
        var declared = typeof(SegueErrors).GetFields().Where(field => field.FieldType == typeof(SegueError)).Select(field => field.GetValue(null));
        SegueErrors.All.ShouldBe(declared.Cast<SegueError>());
    }

    [Fact]
    public void The_documentation_lists_every_error_with_code_type_and_meaning() =>
        Repository.Table("docs/errors.md", "| name | code | type | meaning |")
            .Select(row => string.Join(" | ", row))
            .ShouldBe(SegueErrors.All.Select(error => $"{error.Name} | {error.Code} | {error.Type} | {error.Meaning}"));
}
