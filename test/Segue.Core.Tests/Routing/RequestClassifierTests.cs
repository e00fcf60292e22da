using FsCheck;
using FsCheck.Fluent;
using Segue.Core.Routing;

namespace Segue.Core.Tests.Routing;

public sealed class RequestClassifierTests
{
    [Theory]
    [InlineData("POST", "/v1/statement", RequestKind.SubmitStatement, null)]
    [InlineData("POST", "/v1/statement/", RequestKind.SubmitStatement, null)]
    [InlineData("POST", "/v1/statement?retryUrl=x", RequestKind.SubmitStatement, null)]
    [InlineData("PUT", "/v1/statement/q1?slug=s", RequestKind.SubmitStatement, "q1")]
    [InlineData("HEAD", "/v1/statement", RequestKind.CheckStatement, null)]
    [InlineData("GET", "/v1/statement/queued/q1/tok/0", RequestKind.PollStatement, "q1")]
    [InlineData("GET", "/v1/statement/executing/q1/tok/12&targetResultSize=1MB", RequestKind.PollStatement, "q1")]
    [InlineData("HEAD", "/v1/statement/executing/q1/tok/12", RequestKind.PollStatement, "q1")]
    [InlineData("DELETE", "http://s:8080/v1/statement/executing/q1/tok/12", RequestKind.PollStatement, "q1")]
    [InlineData("POST", "/v1/statement/executing/q1/tok/12", RequestKind.Other, null)]
    [InlineData("GET", "/v1/statement/queued/retry/q1", RequestKind.Other, null)]
    [InlineData("DELETE", "/v1/statement/executing/partialCancel/q1/0/y1/3", RequestKind.PartialCancel, "q1")]
    [InlineData("DELETE", "/v1/stage/q1.0", RequestKind.PartialCancel, "q1.0")]
    [InlineData("GET", "/v1/query/q1", RequestKind.Query, "q1")]
    [InlineData("DELETE", "/v1/query/q1", RequestKind.Query, "q1")]
    [InlineData("GET", "/ui/api/query/q1", RequestKind.Query, "q1")]
    [InlineData("GET", "/v1/query", RequestKind.Other, null)]
    [InlineData("PUT", "/v1/announcement/n1", RequestKind.Announcement, "n1")]
    [InlineData("DELETE", "/v1/announcement/n1", RequestKind.Announcement, "n1")]
    [InlineData("GET", "/v1/service", RequestKind.ServiceLookup, null)]
    [InlineData("GET", "/v1/service/presto/general", RequestKind.ServiceLookup, null)]
    [InlineData("POST", "/v1/announce", RequestKind.Announce, null)]
    [InlineData("GET", "/v1/announce", RequestKind.Other, null)]
    [InlineData("GET", "/segue/health/live", RequestKind.Health, null)]
    [InlineData("GET", "/segue/health/ready", RequestKind.Health, null)]
    [InlineData("GET", "/", RequestKind.Other, null)]
    [InlineData("GET", "/ui/query.html?q1", RequestKind.Other, null)]
    [InlineData("GET", "/v1/info", RequestKind.Other, null)]
    [InlineData("GET", "/v1/tasks", RequestKind.Other, null)]
    public void A_request_is_what_its_method_and_path_say(string method, string target, RequestKind kind, string? id) =>
        RequestClassifier.Classify(method, target).ShouldBe(new RequestClass(kind, id));

    [Theory]
    [InlineData("GET", "/v1/task")]
    [InlineData("DELETE", "/v1/task/q1.0.0?abort=true")]
    [InlineData("POST", "/v1/memory")]
    [InlineData("GET", "/v1/store/dynamic")]
    [InlineData("HEAD", "/v1/status")]
    [InlineData("GET", "/v1/thrift")]
    [InlineData("PUT", "/v1/info/state")]
    [InlineData("GET", "/v1/%74ask")]
    [InlineData("GET", "/%76%31/%74%61%73%6B")]
    [InlineData("GET", "//v1/task")]
    [InlineData("GET", "/v1//task/")]
    [InlineData("GET", "/v1/./task")]
    [InlineData("GET", "/ui/../v1/task")]
    [InlineData("GET", "/v1;x/task")]
    [InlineData("GET", "/v1/task;a=b/c")]
    [InlineData("GET", "/V1/Task")]
    [InlineData("GET", "http://s/v1/task")]
    [InlineData("GET", "HTTP://s//v1/%74ask?x")]
    public void An_internal_path_is_known_in_every_disguise(string method, string target) =>
        RequestClassifier.Classify(method, target).Kind.ShouldBe(RequestKind.Internal);

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("v1/task")]
    [InlineData("/v1%2Ftask")]
    [InlineData("/v1/%2e/task")]
    [InlineData("/x/%2E%2e/v1/task")]
    [InlineData("/x/..;/v1/task")]
    [InlineData("/v1\\task")]
    [InlineData("/v1/%5ctask")]
    [InlineData("/v1/%2574ask")]
    [InlineData("/v1/%00task")]
    [InlineData("/v1/%7")]
    [InlineData("/v1/%zz")]
    [InlineData("/v1/tas\tk")]
    [InlineData("/../v1/task")]
    public void A_path_that_can_be_read_in_two_ways_is_ambiguous(string target) =>
        RequestClassifier.Classify("GET", target).Kind.ShouldBe(RequestKind.Ambiguous);

    [Fact]
    public void Any_target_gets_an_answer() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1_000), Prop.ForAll(
            Gen.Elements("/", "v1", "task", "%", "74", "%2f", ";", ".", "..", "http://", "?", "#", "é", "statement", "queued", "&").ArrayOf()
                .Select(string.Concat).ToArbitrary(),
            target =>
            {
                RequestClassifier.Classify("GET", target);
                _ = StatementPath.TryParse(target, out _);
            }));
}
