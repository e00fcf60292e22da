using Segue.Core.Model;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class QueryIdMintTests
{
    [Theory]
    [InlineData(0, "20260203_040506_00000_abcde")]
    [InlineData(123_456, "20260203_040506_23456_abcde")]
    public void An_id_has_the_engines_form(int counter, string expected)
    {
        var id = QueryIdMint.Mint(new DateTimeOffset(2026, 2, 3, 6, 5, 6, TimeSpan.FromHours(2)), counter, "abcde");

        id.ShouldBe(expected);
        Incarnation.TryFromQueryId(id, out var incarnation).ShouldBeTrue();
        incarnation.Value.ShouldBe("abcde");
    }

    [Fact]
    public void A_suffix_has_no_letters_that_look_like_digits()
    {
        var all = string.Concat(Enumerable.Range(0, 52).Select(i =>
            QueryIdMint.Suffix(Enumerable.Range(i * 5, 5).Select(b => (byte)b).ToArray())));

        all.Distinct().Order().ShouldBe("23456789abcdefghijkmnpqrstuvwxyz");
    }
}
