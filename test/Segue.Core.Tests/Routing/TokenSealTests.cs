using System.Buffers.Text;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

public sealed class TokenSealTests
{
    private static readonly TokenKey Old = new(1, Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly TokenKey New = new(2, Enumerable.Repeat((byte)2, 32).ToArray());
    private static readonly byte[] Nonce = new byte[TokenSeal.NonceSize];

    private static readonly QueryToken Token = new()
    {
        Handle = "20260203_040506_00001_abcde",
        Owner = "member-1",
        Coordinator = "coordinator-1:8321",
        Incarnation = "abcde",
        Attempt = 2,
        UpstreamPath = "/v1/statement/executing/20260203_040506_00001_abcde/3?slug=x",
        Sequence = 7,
        Rows = long.MaxValue,
        Skip = 17,
        RowsHash = UInt128.MaxValue - 7,
        RowsKey = 8,
        ColumnsHash = 3,
        Traits = TokenTraits.Executing | TokenTraits.MayHaveEffects | TokenTraits.Begun,
    };

    private static readonly TokenSeal Seal = new(new KeyRing(New, Old), "deployment", "main");

    [Fact]
    public void A_sealed_token_opens_to_itself()
    {
        foreach (var token in new[] { Token, Token with { Incarnation = null, Coordinator = "", UpstreamPath = "" }, Token with { Handle = new('é', 9000) } })
        {
            Seal.TryOpen(Seal.Seal(token, Nonce), out var opened).ShouldBe(TokenVerdict.Opened);
            opened.ShouldBe(token);
        }
    }

    [Fact]
    public void A_token_is_safe_in_a_path() =>
        Seal.Seal(Token, Nonce).ShouldAllBe(c => char.IsAsciiLetterOrDigit(c) || c == '-' || c == '_');

    public static TheoryData<string, TokenVerdict> Strangers => new()
    {
        { "", TokenVerdict.Garbage },
        { "abc", TokenVerdict.Garbage },
        { "no token!", TokenVerdict.Garbage },
        { Seal.Seal(Token, Nonce)[..30], TokenVerdict.Garbage },
        { new TokenSeal(new KeyRing(Old), "deployment", "main").Seal(Token, Nonce), TokenVerdict.Opened },
        { new TokenSeal(new KeyRing(New with { Id = 9 }), "deployment", "main").Seal(Token, Nonce), TokenVerdict.UnknownKey },
        { new TokenSeal(new KeyRing(New), "other", "main").Seal(Token, Nonce), TokenVerdict.Forged },
        { new TokenSeal(new KeyRing(New), "deployment", "other").Seal(Token, Nonce), TokenVerdict.Forged },
        { new TokenSeal(new KeyRing(Old with { Id = 2 }), "deployment", "main").Seal(Token, Nonce), TokenVerdict.Forged },
    };

    [Theory]
    [MemberData(nameof(Strangers))]
    public void A_token_of_another_making_is_told_apart(string text, TokenVerdict expected) =>
        Seal.TryOpen(text, out _).ShouldBe(expected);

    [Fact]
    public void No_changed_byte_goes_unnoticed()
    {
        var sealedToken = Base64Url.DecodeFromChars(Seal.Seal(Token, Nonce));
        for (var i = 0; i < sealedToken.Length; i++)
        {
            var changed = sealedToken.ToArray();
            changed[i] ^= 0x40;
            Seal.TryOpen(Base64Url.EncodeToString(changed), out _).ShouldBeOneOf(TokenVerdict.Forged, TokenVerdict.UnknownKey);
        }
    }

    [Fact]
    public void Any_text_gets_a_verdict_and_never_an_exception() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
            Gen.OneOf(
                ArbMap.Default.GeneratorFor<NonNull<string>>().Select(text => text.Get),
                ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => Base64Url.EncodeToString(bytes))).ToArbitrary(),
            text => Seal.TryOpen(text, out _).ShouldNotBe(TokenVerdict.Opened)));

    [Fact]
    public void A_plain_text_of_another_version_or_cut_short_is_not_read()
    {
        var plain = new byte[TokenCodec.MaxSize(Token)];
        var length = TokenCodec.Write(Token, plain);

        for (var cut = 0; cut < length; cut++)
            TokenCodec.TryRead(plain.AsSpan(0, cut), out _).ShouldBeFalse();
        TokenCodec.TryRead(plain.AsSpan(0, length), out _).ShouldBeTrue();
        plain[0]++;
        TokenCodec.TryRead(plain.AsSpan(0, length), out _).ShouldBeFalse();
    }

    [Fact]
    public void A_ring_with_one_id_twice_is_refused() =>
        Should.Throw<ArgumentException>(() => new KeyRing(New, Old with { Id = New.Id }));
}
