using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Protocol;

namespace Segue.Core.Tests.Protocol;

public sealed class SegmentRewriterTests
{
    /// <summary>Single quotes stand for double ones.</summary>
    public static TheoryData<string, string, string> Segments => new()
    {
        // the client came over TLS, and the coordinator does not know it
        { "https://segue:8443", "'uri':'http://segue:8443/v1/spooled/download/abc'", "'uri':'https://segue:8443/v1/spooled/download/abc'" },
        { "https://segue:8443", "'ackUri' : 'http://segue:8443/v1/spooled/ack/abc'", "'ackUri' : 'https://segue:8443/v1/spooled/ack/abc'" },
        { "http://segue:8080", "'uri':'https://segue:8080/v1/spooled/download/abc'", "'uri':'http://segue:8080/v1/spooled/download/abc'" },
        { "https://segue", "'type':'spooled','uri':'http://segue/a','ackUri':'http://segue/b'", "'type':'spooled','uri':'https://segue/a','ackUri':'https://segue/b'" },
        // right already, another's, or no address
        { "https://segue:8443", "'uri':'https://segue:8443/a'", "'uri':'https://segue:8443/a'" },
        { "https://segue:8443", "'uri':'http://storage.example.com/a?signature=http://segue:8443/'", "'uri':'http://storage.example.com/a?signature=http://segue:8443/'" },
        { "https://segue:8443", "'uri':'http://segue:84430/a'", "'uri':'http://segue:84430/a'" },
        { "https://segue:8443", "'data':'http://segue:8443/a'", "'data':'http://segue:8443/a'" },
        { "https://segue:8443", "'headers':{'uri':['http://segue:8443/a']},'metadata':{'uri':'http://segue:8443/a'}", "'headers':{'uri':['http://segue:8443/a']},'metadata':{'uri':'http://segue:8443/a'}" },
        { "https://segue:8443", "'x':'\\'uri\\':','uri':7,'y':'http://segue:8443/a'", "'x':'\\'uri\\':','uri':7,'y':'http://segue:8443/a'" },
    };

    [Theory]
    [MemberData(nameof(Segments))]
    public void Only_addresses_of_segments_at_the_client_s_own_host_change(string origin, string segment, string then)
    {
        foreach (var piece in (int[])[1, 7, 4096])
            Rewrite(origin, InData(segment.Replace('\'', '"')), piece).ShouldBe(InData(then.Replace('\'', '"')));
    }

    [Fact]
    public void Any_other_bytes_pass_untouched_however_they_are_cut()
    {
        var texts = Gen.ArrayOf(Gen.Elements("\"", "\\", "{", "}", "[", "]", ":", ",", "uri", "ackUri", "http://other/", " ")).Select(string.Concat);
        // what may be the beginning of an address waits for its end
        Check.QuickThrowOnFailure(Prop.ForAll(texts.ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (text, piece) =>
            text.StartsWith(Rewrite("https://segue", text, piece), StringComparison.Ordinal)));
    }

    [Fact]
    public void A_string_that_is_far_too_long_for_an_address_does_not_wait_whole()
    {
        var text = InData($"\"uri\":\"http://segue/{new string('x', 1 << 20)}\",\"ackUri\":\"http://segue/b\"");
        Rewrite("https://segue", text, 4096).ShouldBe(text.Replace("\"ackUri\":\"http:", "\"ackUri\":\"https:", StringComparison.Ordinal));
    }

    private static string InData(string segment) =>
        $$"""
        "encoding":"json+zstd","metadata":{"uri":"http://segue:8443/a"},"segments":[{{{segment}}},{"uri":null}]}
        """;

    private static string Rewrite(string origin, string text, int piece)
    {
        var rewriter = new SegmentRewriter(origin);
        var output = new List<byte>();
        foreach (var part in Encoding.UTF8.GetBytes(text).Chunk(piece))
            output.AddRange(rewriter.Rewrite(part));
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
