using CommitmentsTracker.Server.Sharing;

namespace CommitmentsTracker.Server.PreviewCards;

/// <summary>Brings what sharing an address needs into the program: preview images and the map of the site.</summary>
internal static class SharingSetup
{
    /// <summary>Registers what it needs.</summary>
    /// <param name="services">Where.</param>
    /// <param name="dataFolder">Full path of the data folder; fonts may lie in it.</param>
    public static void AddSharing(this IServiceCollection services, string dataFolder)
    {
        services.AddSingleton(s => new PreviewFonts(PreviewFonts.FoldersOf(dataFolder), s.GetRequiredService<ILogger<PreviewFonts>>()));
        services.AddSingleton<PreviewImage>();
        services.AddSingleton<Previews>();
    }

    /// <summary>Maps the map of the site and the preview images.</summary>
    public static void MapSharing(this WebApplication app)
    {
        app.MapSiteMap();
        Previews.Map(app);
    }
}
