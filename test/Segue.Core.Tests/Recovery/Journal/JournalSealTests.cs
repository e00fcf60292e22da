using System.Collections.Immutable;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Recovery.Journal;
using Segue.Core.Routing;

namespace Segue.Core.Tests.Recovery.Journal;

public sealed class JournalSealTests
{
    private const string Handle = "20260203_040506_00001_abcde";

    private static readonly TokenKey Old = new(1, Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly TokenKey New = new(2, Enumerable.Repeat((byte)2, 32).ToArray());
    private static readonly byte[] Nonce = new byte[JournalSeal.NonceSize];
    private static readonly JournalSeal Seal = new(new KeyRing(New, Old), "deployment", "main");

    private static readonly JournalEntry Entry = new()
    {
        Owner = "member-1",
        Method = "POST",
        Target = "/v1/statement?x=y",
        Body = "SELECT 'geheim'"u8.ToArray(),
        Headers = [new JournaledHeader("X-Trino-User", ["alice"]), new JournaledHeader("X-Trino-Session", ["a=1", "b=2"]), new JournaledHeader("X-Empty", [])],
        CredentialsHash = new byte[] { 1, 2, 3 },
        Created = new DateTimeOffset(2026, 2, 3, 4, 5, 6, TimeSpan.Zero),
        MayHaveEffects = true,
        Run = new JournaledRun("coordinator-1:8321", null, "20260203_040507_00002_fghij", "/v1/statement/queued/x/1?slug=y", 2),
        Undone = [Handle],
        Runs = 2,
        CoordinatorsLost = 1,
    };

    [Fact]
    public void Any_entry_comes_back_as_it_was_sealed() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(Entries().ToArbitrary(), entry =>
        {
            var opened = Seal.Open(Handle, Seal.Seal(Handle, entry, Nonce)).ShouldNotBeNull();
            Shown(opened).ShouldBe(Shown(entry));
        }));

    [Fact]
    public void Nothing_of_it_is_to_be_read_in_the_sealed_bytes()
    {
        var box = Encoding.Latin1.GetString(Seal.Seal(Handle, Entry, Nonce));
        foreach (var secret in (string[])["geheim", "SELECT", "alice", "X-Trino", "member-1", "slug"])
            box.ShouldNotContain(secret);
    }

    [Fact]
    public void What_was_sealed_for_another_query_cluster_deployment_or_by_another_key_is_not_opened()
    {
        var box = Seal.Seal(Handle, Entry, Nonce);
        Seal.Open(Handle + "x", box).ShouldBeNull();
        new JournalSeal(new KeyRing(New, Old), "deployment", "other").Open(Handle, box).ShouldBeNull();
        new JournalSeal(new KeyRing(New, Old), "other", "main").Open(Handle, box).ShouldBeNull();
        new JournalSeal(new KeyRing(Old with { Id = 2 }), "deployment", "main").Open(Handle, box).ShouldBeNull();
        new JournalSeal(new KeyRing(New with { Id = 3 }), "deployment", "main").Open(Handle, box).ShouldBeNull();
        Seal.Open(Handle, new JournalSeal(new KeyRing(Old), "deployment", "main").Seal(Handle, Entry, Nonce)).ShouldNotBeNull("the key before opens what it sealed");
    }

    [Fact]
    public void No_changed_byte_goes_unnoticed()
    {
        var box = Seal.Seal(Handle, Entry, Nonce);
        for (var i = 0; i < box.Length; i++)
        {
            box[i] ^= 0x40;
            Seal.Open(Handle, box).ShouldBeNull();
            box[i] ^= 0x40;
        }
        Seal.Open(Handle, box).ShouldNotBeNull();
    }

    [Fact]
    public void Any_bytes_are_refused_and_never_thrown_at() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(500), Prop.ForAll(
            ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), bytes => Seal.Open(Handle, [2, .. bytes]).ShouldBeNull()));

    /// <summary>Whole, cut short, or with a few bytes changed: also what only who has the key could have made.</summary>
    [Fact]
    public void Any_plain_bytes_are_an_entry_or_none_and_no_length_in_them_is_believed()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            Entries().SelectMany(entry => Gen.Choose(0, 400).SelectMany(at => Gen.Choose(0, 255).Select(value => (entry, at, value)))).ToArbitrary(),
            damaged =>
            {
                var plain = JournalCodec.Write(damaged.entry).ToArray();
                for (var i = damaged.at % plain.Length; i < plain.Length; i += 97)
                    plain[i] = (byte)damaged.value;
                JournalCodec.TryRead(plain, out _);
            }));
        var whole = JournalCodec.Write(Entry);
        for (var cut = 0; cut < whole.Length; cut++)
            JournalCodec.TryRead(whole.Span[..cut], out _).ShouldBeFalse();
        JournalCodec.TryRead([.. whole.Span, 0], out _).ShouldBeFalse();
        var version = whole.ToArray();
        version[0]++;
        JournalCodec.TryRead(version, out _).ShouldBeFalse();
    }

    private static Gen<JournalEntry> Entries()
    {
        // a lone half of a character is no text that a client can send
        var text = ArbMap.Default.GeneratorFor<NonNull<string>>().Select(value => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(value.Get)));
        var texts = Gen.ListOf(text).Select(list => list.ToImmutableArray());
        var bytes = ArbMap.Default.GeneratorFor<NonNull<byte[]>>().Select(value => value.Get);
        var header = text.SelectMany(name => texts.Select(values => new JournaledHeader(name, values)));
        return
            from owner in text
            from target in text
            from body in bytes
            from hash in bytes
            from headers in Gen.ListOf(header)
            from seconds in Gen.Choose(0, int.MaxValue)
            from effects in ArbMap.Default.GeneratorFor<bool>()
            from incarnation in Gen.OneOf(Gen.Constant((string?)null), text.Select(static value => (string?)value))
            from id in text
            from undone in texts
            from numbers in Gen.ArrayOf(ArbMap.Default.GeneratorFor<int>(), 3)
            select new JournalEntry
            {
                Owner = owner,
                Method = "PUT",
                Target = target,
                Body = body,
                Headers = [.. headers],
                CredentialsHash = hash,
                Created = DateTimeOffset.UnixEpoch.AddSeconds(seconds),
                MayHaveEffects = effects,
                Run = new JournaledRun(owner, incarnation, id, target, numbers[0]),
                Undone = undone,
                Runs = numbers[1],
                CoordinatorsLost = numbers[2],
            };
    }

    private static string Shown(JournalEntry entry) => string.Join('\n',
    [
        entry.Owner, entry.Method, entry.Target, Convert.ToHexString(entry.Body.Span), Convert.ToHexString(entry.CredentialsHash.Span),
        $"{entry.Created:O}", $"{entry.MayHaveEffects} {entry.Runs} {entry.CoordinatorsLost}", $"{entry.Run}", .. entry.Undone,
        .. entry.Headers.Select(header => $"{header.Name}: {string.Join('\0', header.Values)}"),
    ]);
}
