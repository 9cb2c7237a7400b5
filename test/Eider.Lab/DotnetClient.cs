// The .NET client of the lab: HttpClient, which resolves through System.Net.Dns.

namespace Eider.Lab;

internal static class DotnetClient
{
    /// <returns>Exit code: 0 when the name's web server answered.</returns>
    public static async Task<int> FetchAsync(string name)
    {
        using var handler = new SocketsHttpHandler { UseProxy = false };
        using var client = new HttpClient(handler) { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var response = await client.GetAsync(new Uri($"http://{name}/"));
            Console.WriteLine((int)response.StatusCode);
            return 0;
        }
        catch (HttpRequestException failure)
        {
            Console.Error.WriteLine($"{name}: {failure.Message}");
            return 1;
        }
    }
}
