using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

public sealed class StatementPathTests
{
    [Theory]
    [InlineData("/v1/statement/queued/q1/tok/0", false, 0, "")]
    [InlineData("/v1/statement/executing/q1/tok/12?maxWait=1s&targetResultSize=1MB", true, 12, "maxWait=1s&targetResultSize=1MB")]
    [InlineData("/v1/statement/executing/q1/tok/12&targetResultSize=1MB", true, 12, "targetResultSize=1MB")]
    [InlineData("http://s:8080/v1/statement/executing/q1/tok/12?", true, 12, "")]
    public void A_nextUri_is_read_as_clients_send_it(string target, bool executing, long sequence, string parameters)
    {
        StatementPath.TryParse(target, out var path).ShouldBeTrue();

        path.ShouldBe(new StatementPath(executing, "q1", "tok", sequence, parameters));
        StatementPath.Build(executing, "q1", "tok", sequence).ShouldBe(target.Replace("http://s:8080", "").Split('?', '&')[0]);
    }

    [Theory]
    [InlineData("/v1/statement")]
    [InlineData("/v1/statement/queued/q1/tok")]
    [InlineData("/v1/statement/queued/q1/tok/x")]
    [InlineData("/v1/statement/queued/q1/tok/1x")]
    [InlineData("/v1/statement/queued/q1/tok/")]
    [InlineData("/v1/statement/queued//tok/1")]
    [InlineData("/v1/statement/queued/q1/tok/1/2")]
    [InlineData("/v1/statement/queued/q1/tok/99999999999999999999")]
    [InlineData("")]
    public void Another_path_is_not_a_nextUri(string target) => StatementPath.TryParse(target, out _).ShouldBeFalse();

    [Theory]
    [InlineData("http://c:1/v1/statement/executing/q/1?slug=x%41", "/v1/statement/executing/q/1?slug=x%41")]
    [InlineData("https://[::1]:8080/a", "/a")]
    [InlineData("/a?b", "/a?b")]
    [InlineData("http://c", "/")]
    [InlineData("ftp://c/a", null)]
    public void Of_an_upstream_address_path_and_query_are_taken_byte_for_byte(string uri, string? expected) =>
        StatementPath.UpstreamOf(uri).ShouldBe(expected);

    [Theory]
    [InlineData("/v1/statement/queued/20260101_000000_00001_abcde/1?slug=x", "20260101_000000_00001_abcde")]
    [InlineData("/v1/statement/executing/20260101_000000_00001_abcde/slug/1", "20260101_000000_00001_abcde")]
    [InlineData("/v1/statement/executing//1", null)]
    [InlineData("/v1/statement/other", null)]
    [InlineData("", null)]
    public void An_upstream_path_names_its_query(string path, string? expected) => StatementPath.QueryIdOf(path).ShouldBe(expected);

    [Theory]
    [InlineData("/a", "", "/a")]
    [InlineData("/a", "x=1", "/a?x=1")]
    [InlineData("/a?slug=s", "x=1&y=2", "/a?slug=s&x=1&y=2")]
    public void What_the_client_adds_goes_behind_the_upstream_path(string upstream, string parameters, string expected) =>
        new StatementPath(true, "q", "t", 1, parameters).WithParameters(upstream).ShouldBe(expected);
}
