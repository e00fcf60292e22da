using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Segue.Server.Admin;

namespace Segue.EndToEnd.Commands;

/// <summary>The real program, as a script calls it.</summary>
public sealed class StatusCommandTests
{
    [Fact]
    public async Task An_admin_port_that_nobody_listens_on_is_named_with_what_to_check()
    {
        var admin = $"http://127.0.0.1:{UnusedPort()}";
        var (code, _, error) = await SegueCommand.RunAsync("status", "--admin", admin);
        code.ShouldBe(2);
        error.ShouldContain($"{admin}/ cannot be reached (Connection refused): is `segue serve` running there");
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 3)]
    public async Task The_exit_code_says_whether_it_is_ready(bool ready, int expected)
    {
        await using var admin = await Answering(JsonSerializer.Serialize(StatusViewTests.Report with { Ready = ready }, AdminJson.Default.StatusReport));
        var (code, output, error) = await SegueCommand.RunAsync("status", "--admin", admin.Urls.Single());
        error.ShouldBeEmpty();
        code.ShouldBe(expected);
        output.ShouldContain("main (presto): two:8321 is active since ");
        output.ShouldNotContain("\u001b");
    }

    [Fact]
    public async Task As_JSON_it_is_what_the_admin_port_said()
    {
        var json = JsonSerializer.Serialize(StatusViewTests.Report, AdminJson.Default.StatusReport);
        await using var admin = await Answering(json);
        var (_, output, _) = await SegueCommand.RunAsync("status", "--json", "--admin", admin.Urls.Single());
        output.ShouldBe(json + "\n");
    }

    [Fact]
    public async Task A_port_that_is_not_the_admin_port_is_said_to_be_so()
    {
        await using var other = await Answering("<html>");
        var (code, _, error) = await SegueCommand.RunAsync("status", "--admin", other.Urls.Single());
        code.ShouldBe(2);
        error.ShouldContain("answered, but not as a Segue of this version does");
    }

    [Fact]
    public async Task An_address_that_is_no_URL_is_a_wrong_command_line()
    {
        var (code, _, error) = await SegueCommand.RunAsync("status", "--admin", "coordinator");
        code.ShouldBe(1);
        error.ShouldContain("coordinator: a URL such as http://127.0.0.1:8081 is expected.");
    }

    [Fact]
    public async Task Version_names_the_engines_it_was_tried_with()
    {
        var (code, output, _) = await SegueCommand.RunAsync("version");
        code.ShouldBe(0);
        output.ShouldContain("Presto 0.287 and Trino 483");
        output.ShouldContain(".NET 10");
    }

    private static async Task<WebApplication> Answering(string body)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync(body));
        await application.StartAsync();
        return application;
    }

    private static int UnusedPort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
