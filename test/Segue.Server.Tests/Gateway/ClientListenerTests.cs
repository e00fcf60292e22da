using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Segue.Core.Configuration;
using Segue.Core.Model;
using Segue.Server.Gateway.Clients;
using Segue.Server.Tests.Discovery;

namespace Segue.Server.Tests.Gateway;

public sealed class ClientListenerTests : IDisposable
{
    private readonly SteppedTime _time = new();
    private readonly FixedCluster _cluster = new(EngineKind.Trino, new(), new Uri("http://127.0.0.1:1"));

    public void Dispose() => _cluster.Dispose();

    [Theory]
    [InlineData("1.1", "HTTP/1.1")]
    [InlineData("2.0", "HTTP/2")]
    public async Task One_port_takes_both_protocols_in_clear(string version, string seen)
    {
        await using var host = await FrontHost.StartAsync(_cluster, new KeptInMemory(), _time);
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, host.Uri)
        {
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var answer = await http.SendAsync(request);

        answer.Headers.GetValues("X-Seen-Protocol").ShouldBe([seen]);
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Theory]
    [InlineData("P", "UT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("PRI", "NT / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("GET http://other:1/x HTTP/1.1\r\n", "Host: a\r\nConnection: close\r\n\r\n", "HTTP/1.1 200")]
    [InlineData("\x01\x02\x03", "\x04\x05\x06\r\n\r\n", "HTTP/1.1 400")]
    public async Task Bytes_in_pieces_are_told_apart_from_the_preface(string first, string rest, string answer)
    {
        await using var host = await FrontHost.StartAsync(_cluster, new KeptInMemory(), _time);
        using var socket = await ConnectAsync(host);

        await socket.SendAsync(Encoding.Latin1.GetBytes(first));
        await socket.SendAsync(Encoding.Latin1.GetBytes(rest));

        (await ReadToEndAsync(socket)).ShouldStartWith(answer);
    }

    [Fact]
    public async Task After_garbage_behind_the_preface_the_port_still_answers()
    {
        await using var host = await FrontHost.StartAsync(_cluster, new KeptInMemory(), _time);
        using (var socket = await ConnectAsync(host))
        {
            await socket.SendAsync("PRI * nonsense"u8.ToArray());
            socket.Shutdown(SocketShutdown.Send);
            await ReadToEndAsync(socket);
        }

        using var http = new HttpClient();
        using var answer = await http.GetAsync(host.Uri);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Headers_past_the_limit_are_431()
    {
        await using var host = await FrontHost.StartAsync(_cluster, new KeptInMemory(), _time);
        using var socket = await ConnectAsync(host);

        await socket.SendAsync(Encoding.Latin1.GetBytes("GET / HTTP/1.1\r\nHost: a\r\nX-Long: "));
        await socket.SendAsync(Encoding.Latin1.GetBytes(new string('x', new LimitsConfig().HeaderBytes) + "\r\n\r\n"));

        (await ReadToEndAsync(socket)).ShouldStartWith("HTTP/1.1 431");
    }

    [Fact]
    public async Task A_new_certificate_is_used_without_a_restart_and_a_broken_one_is_not()
    {
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var files = new CertificateFiles(Path.Combine(folder.FullName, "cert.pem"), Path.Combine(folder.FullName, "key.pem"));
            Write(files, "first");
            await using var host = await FrontHost.StartAsync(
                _cluster, new KeptInMemory(), _time, listen: new Endpoint("https", "127.0.0.1", 0), certificate: files);
            (await SubjectAsync(host)).ShouldBe(("CN=first", "h2"));

            Write(files, "second");
            _time.Leap(ServerCertificate.CheckEvery);
            (await SubjectAsync(host)).ShouldBe(("CN=second", "h2"));

            await File.WriteAllTextAsync(files.Certificate, "nonsense");
            _time.Leap(ServerCertificate.CheckEvery);
            (await SubjectAsync(host)).ShouldBe(("CN=second", "h2"));

            // the new certificate before its key: two files cannot change at once
            var keyOfSecond = await File.ReadAllTextAsync(files.Key);
            Write(files, "third");
            var keyOfThird = await File.ReadAllTextAsync(files.Key);
            await File.WriteAllTextAsync(files.Key, keyOfSecond);
            _time.Leap(ServerCertificate.CheckEvery);
            (await SubjectAsync(host)).ShouldBe(("CN=second", "h2"));

            await File.WriteAllTextAsync(files.Key, keyOfThird);
            _time.Leap(ServerCertificate.CheckEvery);
            (await SubjectAsync(host)).ShouldBe(("CN=third", "h2"));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Write(CertificateFiles files, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        File.WriteAllText(files.Certificate, certificate.ExportCertificatePem());
        File.WriteAllText(files.Key, key.ExportPkcs8PrivateKeyPem());
    }

    private static async Task<(string Subject, string Protocol)> SubjectAsync(FrontHost host)
    {
        using var socket = await ConnectAsync(host);
        await using var secure = new SslStream(new NetworkStream(socket));
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
#pragma warning disable CA5359 // a certificate of the test's own
            RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
        });
        return (secure.RemoteCertificate!.Subject, secure.NegotiatedApplicationProtocol.ToString());
    }

    private static async Task<Socket> ConnectAsync(FrontHost host)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, host.Uri.Port);
        return socket;
    }

    private static async Task<string> ReadToEndAsync(Socket socket)
    {
        var text = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await socket.ReceiveAsync(buffer) is > 0 and var read)
                text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }
        catch (SocketException)
        {
            // reset by the server: what came before it counts
        }

        return text.ToString();
    }
}
