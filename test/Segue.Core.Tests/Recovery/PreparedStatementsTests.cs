using Segue.Core.Recovery;

namespace Segue.Core.Tests.Recovery;

public class PreparedStatementsTests
{
    [Theory]
    //          header                                            decoded
    [InlineData("p=SELECT+1",                                     "p: SELECT 1")]
    [InlineData("p=SELECT%201%2C+%27a%3Db%27",                    "p: SELECT 1, 'a=b'")]
    [InlineData("p = SELECT+1 , q=SELECT+2,",                     "p: SELECT 1|q: SELECT 2")]
    [InlineData("a+b%22=SELECT+1",                                "a b\": SELECT 1")]
    [InlineData("p=%24zstd%3AKLUv%2FQ%3D%3D,q=SELECT+2",          "q: SELECT 2")]
    [InlineData("p=$zstd:KLUv/Q==",                               "")]
    [InlineData("p=SELECT+1,p=SELECT+2,p=SELECT+3",               "")]
    [InlineData("p,=x,q=",                                        "")]
    [InlineData("p=SELECT+%zz",                                   "p: SELECT %zz")]
    [InlineData("p=SELECT+%27%E2%82%AC%27",                       "p: SELECT '€'")]
    [InlineData("",                                               "")]
    public void One_line_is_decoded(string header, string decoded) => Shown([header]).ShouldBe(decoded);

    [Fact]
    public void Several_lines_are_one_list() => Shown(["p=SELECT+1", null, "q=SELECT+2"]).ShouldBe("p: SELECT 1|q: SELECT 2");

    private static string Shown(string?[] lines) => string.Join('|', PreparedStatements.Decode(lines)
        .OrderBy(entry => entry.Key, StringComparer.Ordinal).Select(entry => $"{entry.Key}: {entry.Value}"));
}
