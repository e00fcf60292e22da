using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Segue.Core.Configuration;
using Segue.Core.Members;
using Segue.Core.Routing;
using Segue.Server.Members;

namespace Segue.Server.Tests.Members;

/// <summary>Who has not the deployment's key tells a member nothing, and what is told twice counts once.</summary>
public sealed class PeerListenerTests : IAsyncLifetime, IDisposable
{
    private const string Me = "0123456789abcdef";
    private const string Deployment = "deployment";

    private readonly HttpClient _http = new();
    private readonly List<PeerWord> _heard = [];
    private PeerListener _listener = null!;

    public async Task InitializeAsync()
    {
        _listener = new PeerListener(Me, new PeerSeal(new KeyRing(Key(1), Key(2)), Deployment), NullLogger.Instance) { Hear = _heard.Add };
        await _listener.StartAsync(new Endpoint("http", "127.0.0.1", 0), null, 1 << 20, NullLoggerFactory.Instance, TimeProvider.System, CancellationToken.None);
        _http.BaseAddress = new Uri($"http://127.0.0.1:{_listener.Port}");
    }

    public async Task DisposeAsync() => await _listener.DisposeAsync();

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData(1, Me, Deployment, true)]
    [InlineData(2, Me, Deployment, true)]               // sealed before the key went round
    [InlineData(3, Me, Deployment, false)]
    [InlineData(4, Me, Deployment, false)]
    [InlineData(1, "fedcba9876543210", Deployment, false)] // the process before this one, or another member
    [InlineData(1, "", Deployment, false)]
    [InlineData(1, Me, "another", false)]
    public async Task Only_a_word_for_this_member_that_is_sealed_by_the_deployment_s_key_is_heard(byte key, string to, string deployment, bool isHeard)
    {
        (await TellAsync(Sealed(Word(1), to, Key(key), deployment))).ShouldBe(isHeard ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden);
        _heard.Select(static word => word.Number).ShouldBe(isHeard ? [1] : []);

        // what was refused has used up no number
        (await TellAsync(Sealed(Word(isHeard ? 2 : 1)))).ShouldBe(HttpStatusCode.NoContent);
        _heard.Count.ShouldBe(isHeard ? 2 : 1);
    }

    [Fact]
    public async Task A_word_of_which_one_bit_was_changed_is_not_heard()
    {
        var box = Sealed(Word(1));
        foreach (var at in Enumerable.Range(0, box.Length))
        {
            var changed = box.ToArray();
            changed[at] ^= 1;
            (await TellAsync(changed)).ShouldBe(HttpStatusCode.Forbidden, $"byte {at}");
        }
        _heard.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(28)]
    [InlineData((1 << 20) + 1)]
    public async Task A_body_that_can_be_no_word_is_refused(int length)
    {
        (await TellAsync(new byte[length])).ShouldBe(HttpStatusCode.Forbidden);
        _heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_word_without_a_length_is_refused()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, PeerListener.WordsPath) { Content = new ByteArrayContent(Sealed(Word(1))) };
        request.Headers.TransferEncodingChunked = true;
        using var answer = await _http.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        _heard.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_comes_twice_or_late_is_heard_once_and_each_teller_counts_for_itself()
    {
        var first = Sealed(Word(1));
        var third = Sealed(Word(3, highest: 30));
        foreach (var box in (byte[][])[first, third, third, first, Sealed(Word(2, highest: 20)), Sealed(Word(3, highest: 99)), Sealed(Word(3, highest: 31, from: "other")), Sealed(Word(0)), Sealed(Word(-1))])
            (await TellAsync(box)).ShouldBe(HttpStatusCode.NoContent);

        _heard.Select(static word => (word.From, word.Number, word.HighestEpoch)).ShouldBe([("teller", 1, 0), ("teller", 3, 30), ("other", 3, 31)]);
    }

    [Fact]
    public async Task Of_one_word_that_comes_many_times_at_once_one_is_heard()
    {
        var box = Sealed(Word(1));
        (await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => TellAsync(box)))).ShouldAllBe(static status => status == HttpStatusCode.NoContent);
        _heard.ShouldHaveSingleItem();
    }

    private static PeerWord Word(long number, long highest = 0, string from = "teller") =>
        new() { From = from, Name = "its name", Cluster = "main", Number = number, HighestEpoch = highest, Sees = [] };

    private static byte[] Sealed(PeerWord word, string to = Me, TokenKey? key = null, string deployment = Deployment) => new PeerSeal(new KeyRing(key ?? Key(1)), deployment)
        .Seal(to, JsonSerializer.SerializeToUtf8Bytes(word, MembersJson.Default.PeerWord), RandomNumberGenerator.GetBytes(PeerSeal.NonceSize));

    /// <param name="fill">4 is called as 1 is.</param>
    private static TokenKey Key(byte fill)
    {
        var key = TokenKey.Of(Enumerable.Repeat(fill, TokenKey.Size).ToArray());
        return fill == 4 ? key with { Id = Key(1).Id } : key;
    }

    private async Task<HttpStatusCode> TellAsync(byte[] box)
    {
        using var answer = await _http.PostAsync(PeerListener.WordsPath, new ByteArrayContent(box));
        return answer.StatusCode;
    }
}
