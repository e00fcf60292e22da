using Segue.Core.Model;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class DialectTests
{
    [Theory]
    [InlineData(EngineKind.Presto, "0.287", false)]
    [InlineData(EngineKind.Presto, "0.234", false)]
    [InlineData(EngineKind.Presto, "0.234.2", false)]
    [InlineData(EngineKind.Presto, "0.298-SNAPSHOT-1a2b3c4", false)]
    [InlineData(EngineKind.Presto, "1.0", false)]
    [InlineData(EngineKind.Presto, "0.233", true)]
    [InlineData(EngineKind.Presto, "0.215", true)]
    [InlineData(EngineKind.Presto, "0.9", true)]
    [InlineData(EngineKind.Trino, "483", false)]
    [InlineData(EngineKind.Trino, "312", false)]
    [InlineData(EngineKind.Trino, "435-e.3", false)]
    [InlineData(EngineKind.Trino, "484-SNAPSHOT", false)]
    [InlineData(EngineKind.Trino, "311", true)]
    [InlineData(EngineKind.Trino, "0.215", true)]
    [InlineData(EngineKind.Presto, "", true)]
    [InlineData(EngineKind.Presto, "unknown", true)]
    [InlineData(EngineKind.Presto, "0.x", true)]
    [InlineData(EngineKind.Trino, "dev", true)]
    [InlineData(EngineKind.Trino, null, true)]
    public void A_version_before_placeholders_or_one_that_cannot_be_read_begins_a_statement_at_its_POST(EngineKind engine, string? version, bool executes) =>
        Dialect.Of(engine).ExecutesOnPost(version).ShouldBe(executes);
}
