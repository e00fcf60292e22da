using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Segue.Server.Telemetry;

/// <summary>Pushes the same instruments to a collector; whether it answers concerns nothing else.</summary>
public static class OtlpExport
{
    /// <param name="endpoint">The collector's OTLP/HTTP address, e.g. <c>http://collector:4318</c>; <c>/v1/metrics</c> is added to a bare one.</param>
    /// <param name="member">Tells members of one deployment apart (<c>service.instance.id</c>).</param>
    /// <returns>Dispose it last: it sends what is left.</returns>
    public static IDisposable Start(string endpoint, string member)
    {
        var address = new Uri(endpoint);
        return Sdk.CreateMeterProviderBuilder()
            .ConfigureResource(r => r.AddService("segue", serviceVersion: SegueVersion.Current, serviceInstanceId: member))
            .AddMeter(SegueMetrics.MeterName)
            .AddOtlpExporter(options =>
            {
                options.Protocol = OtlpExportProtocol.HttpProtobuf;
                options.Endpoint = address.AbsolutePath == "/" ? new Uri(address, "/v1/metrics") : address;
            })
            .Build();
    }
}
